/** Every checker, worst first: its question, its answer, how much it looked at, and what shows it. Violated and undecided ones stand open. */
import type { CheckResult, RunEvidence } from '../../../harness/history/index.ts';
import { checkersByUrgency, evidenceByWeight } from '../../evidence.ts';
import { verdictMark } from '../../text/colour.ts';
import { formatCount } from '../../text/format.ts';
import { evidenceBlock } from '../evidence.ts';
import { html, type Markup } from '../markup.ts';
import { prose } from '../prose.ts';
import type { Section } from '../section.ts';

const shownEvidence = 12;

export const checkersSection: Section = {
  id: 'checkers',
  title: 'Checkers',
  lead: 'What was asked of this run, what the answer is, and what it rests on.',
  build({ input: { verdict, evidence } }) {
    const checkers = checkersByUrgency(verdict);
    if (checkers.length === 0) return { body: html`<p>No checker ran, so nothing was shown.</p>` };
    return { body: html`<div class="checkers">${checkers.map(([name, result]) => checker(name, result, evidence))}</div>` };
  },
};

function checker(name: string, result: CheckResult, run: RunEvidence): Markup {
  const evidence = evidenceByWeight(result);
  const examined = Object.entries(result.examined);
  return html`<details class="checker ${result.verdict}"${result.verdict === 'valid' ? undefined : html` open`}>
<summary><span class="mark" aria-hidden="true">${verdictMark[result.verdict]}</span><span class="name">${name}</span><span class="word">${result.verdict}</span><span class="answer">${prose(result.summary)}</span></summary>
<div class="body">
<p class="question">${result.question}</p>
<dl class="examined" aria-label="Examined">${
    examined.length === 0
      ? html`<div><dt>examined</dt><dd>nothing</dd></div>`
      : examined.map(([what, count]) => html`<div><dt>${what}</dt><dd>${formatCount(count)}</dd></div>`)
  }</dl>
${evidence.slice(0, shownEvidence).map((one) => evidenceBlock(one, run))}${
  evidence.length > shownEvidence
    ? html`<p class="quiet">and ${formatCount(evidence.length - shownEvidence)} more in verdict.json</p>`
    : undefined
}</div>
</details>
`;
}
