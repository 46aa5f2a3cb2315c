/** The figures of several runs beside each other: a row a figure, a column a run. */
import type { ComparedRun } from './figures.ts';

export interface ComparisonRow {
  readonly name: string;
  readonly cells: readonly string[];
}

/** Rows in the order in which the runs name them; what a run doesn't say is a dash. */
export function comparisonRows(runs: readonly ComparedRun[]): readonly ComparisonRow[] {
  const names = [...new Set(runs.flatMap(({ figures }) => figures.map(({ name }) => name)))];
  return names.map((name) => ({ name, cells: runs.map(({ figures }) => figures.find((figure) => figure.name === name)?.text ?? '–') }));
}

export function comparisonText(runs: readonly ComparedRun[]): string {
  const rows = [['', ...runs.map(({ label }) => label)], ...comparisonRows(runs).map(({ name, cells }) => [name, ...cells])];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}\n`,
    )
    .join('');
}
