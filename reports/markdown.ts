/** `markdown`: `report.md` in the run directory, for a comment on a change or a page of a wiki: the verdict, the checkers, what broke, how to repeat it. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CheckResult } from '../harness/history/index.ts';
import { checkersByUrgency, evidenceByWeight } from './evidence.ts';
import { verdictMark } from './text/colour.ts';
import { clip, formatCount, formatDuration, formatRate } from './text/format.ts';
import type { Reporter, ReportInput } from './types.ts';

const shownEvidence = 5;
const maxCharacters = 1000;

export const markdownReporter: Reporter = {
  name: 'markdown',
  async report(input, out) {
    await writeFile(path.join(out.runDirectory, 'report.md'), markdownReport(input));
  },
};

export function markdownReport({ verdict, run }: ReportInput): string {
  const checkers = checkersByUrgency(verdict);
  const broken = checkers.filter(([, result]) => result.verdict === 'invalid');
  const bug = run.bug === undefined ? '' : `, with the seeded bug ${markdown(run.bug)}`;
  return [
    `## ${verdictMark[verdict.verdict]} ${verdict.verdict.toUpperCase()}: ${markdown(run.name)}`,
    '',
    markdown(verdict.summary),
    '',
    '| checker | verdict | answer | examined |',
    '|---|---|---|---|',
    ...checkers.map(([name, result]) => row(name, result)),
    '',
    ...broken.flatMap(([name, result]) => violations(name, result)),
    `${markdown(run.workload)} at ${formatRate(run.stats.opsPerSecond)} for ${formatDuration(run.durationMs)} under ${markdown(run.nemeses.join(', '))}${bug}; seed ${run.seed}.`,
    ...run.remarks.map((remark) => `\n${markdown(remark)}.`),
    '',
    '```sh',
    run.replayCommand.replaceAll(/[`\r\n]/g, ' '),
    '```',
    '',
  ].join('\n');
}

function row(name: string, { verdict, summary, examined }: CheckResult): string {
  const counts = Object.entries(examined).map(([what, count]) => `${formatCount(count)} ${markdown(what)}`);
  return `| ${markdown(name)} | ${verdictMark[verdict]} ${verdict} | ${markdown(summary)} | ${counts.join(', ')} |`;
}

function violations(name: string, result: CheckResult): readonly string[] {
  const evidence = evidenceByWeight(result).filter(({ kind }) => kind === 'violation');
  const more = evidence.length - shownEvidence;
  return [
    `### ${markdown(name)}`,
    '',
    ...evidence.slice(0, shownEvidence).map(({ summary }) => `- ${markdown(summary)}`),
    ...(more > 0 ? [`- and ${formatCount(more)} more in verdict.json`] : []),
    '',
  ];
}

/** Text that stays text: what some node printed must not become a link, a mention, an element or a new row. */
function markdown(text: string): string {
  return clip(text, maxCharacters)
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replaceAll(/[\\`*_{}[\]|#~]/g, (character) => `\\${character}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;');
}
