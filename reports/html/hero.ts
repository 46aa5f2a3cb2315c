/** The top of the page: within five seconds a reader knows the verdict, why, and the strongest evidence for it. */
import type { Evidence } from '../../harness/history/index.ts';
import { checkersByUrgency, strongestEvidence } from '../evidence.ts';
import { verdictMark } from '../text/colour.ts';
import { formatCount, formatDuration, formatRate, plural } from '../text/format.ts';
import type { ReportInput } from '../types.ts';
import { command } from './command.ts';
import { evidenceDetails } from './evidence.ts';
import { html, type Markup } from './markup.ts';
import { prose } from './prose.ts';

export function hero(input: ReportInput): Markup {
  const { verdict, run, evidence } = input;
  const [worst] = checkersByUrgency(verdict);
  const strongest = strongestEvidence(verdict);
  return html`<section class="hero ${verdict.verdict}" aria-labelledby="verdict">
<p class="stamp"><span aria-hidden="true">${verdictMark[verdict.verdict]}</span> ${verdict.verdict}</p>
<h1 id="verdict">${prose(verdict.summary)}</h1>
${worst === undefined || verdict.verdict === 'valid' ? undefined : html`<p class="why"><a href="#checkers"><b>${worst[0]}</b></a> ${prose(worst[1].summary)}</p>`}
${
  strongest === undefined
    ? undefined
    : html`<div class="strongest"><p class="claim">${prose(strongest.evidence.summary)}</p>${evidenceDetails(atAGlance(strongest.evidence), evidence)}</div>`
}
${verdict.verdict === 'valid' ? undefined : command(run.replayCommand)}
${facts(input)}
${remarks(input)}
</section>`;
}

/** One kind of support is enough to be convinced, the most telling there is: log lines, then fields, then operations. The checker has them all. */
function atAGlance({ kind, summary, logLines, data, operations }: Evidence): Evidence {
  if (logLines !== undefined && logLines.length > 0) return { kind, summary, logLines: logLines.slice(0, 3) };
  if (data !== undefined) return { kind, summary, data };
  return operations === undefined ? { kind, summary } : { kind, summary, operations: operations.slice(0, 6) };
}

function facts({ run, evidence, verdict }: ReportInput): Markup {
  const counts = Object.values(run.stats.ops);
  const total = counts.reduce((sum, { ok, fail, info }) => sum + ok + fail + info, 0);
  const held = Object.values(verdict.checkers).filter((one) => one.verdict === 'valid').length;
  const entries = [
    ['Checkers held', `${held} of ${Object.keys(verdict.checkers).length}`],
    ['Operations', formatCount(total)],
    ...(run.stats.missed === 0 ? [] : [['Missed arrivals', formatCount(run.stats.missed)] as const]),
    ['Rate', formatRate(run.stats.opsPerSecond)],
    ['Lasted', formatDuration(run.durationMs)],
    ['Faults', run.nemeses.length === 0 ? 'none' : `${plural(evidence.faults.length, 'injection')}: ${run.nemeses.join(', ')}`],
    ...(run.bug === undefined ? [] : [['Seeded bug', run.bug] as const]),
    ['Seed', String(run.seed)],
  ] as const;
  return html`<dl class="facts">${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** A verdict is read with what happened beside it: a node that ended by itself matters whatever the checkers found. */
function remarks({ run }: ReportInput): Markup | undefined {
  if (run.remarks.length === 0) return undefined;
  return html`<ul class="remarks" aria-label="Remarks">${run.remarks.map((remark) => html`<li>${prose(remark)}</li>`)}</ul>`;
}
