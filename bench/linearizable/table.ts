/** The table of the benchmark, in Markdown, line by line as its rows are measured. */
import type { Measurement } from './measure.ts';
import type { Row } from './rows.ts';

const columns = ['history', 'verdict', 'check ms', 'on processor', 'bar', 'met', 'slowest file', 'read + check', 'evidence', 'peak MB'];
const NAME_WIDTH = 74;

export const head = (): string => `${line(columns)}\n${line(columns.map((_, at) => (at < 2 ? '---' : '--:')))}`;

export function rowOf({ name, barMs, barMegabytes, barSlowestMs }: Row, measured: Measurement | undefined): string {
  if (measured === undefined) return line([name, 'absent', ...columns.slice(2).map(() => '')]);
  const { verdict, checkMs, processorMs, slowestFileMs, endToEndMs, evidenceMs, peakMegabytes } = measured;
  const met =
    processorMs <= barMs &&
    peakMegabytes <= (barMegabytes ?? Number.POSITIVE_INFINITY) &&
    slowestFileMs <= (barSlowestMs ?? Number.POSITIVE_INFINITY);
  const bar = [
    `${barMs}`,
    ...(barMegabytes === undefined ? [] : [`${barMegabytes} MB`]),
    ...(barSlowestMs === undefined ? [] : [`each ${barSlowestMs}`]),
  ];
  return line([
    name,
    verdict,
    checkMs.toFixed(1),
    processorMs.toFixed(1),
    bar.join(', '),
    met ? 'yes' : 'NO',
    slowestFileMs.toFixed(1),
    endToEndMs.toFixed(0),
    evidenceMs.toFixed(0),
    peakMegabytes.toFixed(0),
  ]);
}

function line(cells: readonly string[]): string {
  const [name = '', verdict = '', ...figures] = cells;
  return `| ${[name.padEnd(NAME_WIDTH), verdict.padEnd(8), ...figures.map((figure, at) => figure.padStart((columns[at + 2] ?? '').length))].join(' | ')} |`;
}
