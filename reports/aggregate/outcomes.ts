/** How many operations completed in each bin, by outcome; as rates, so that the axis reads the same whatever the bin. */
import { binOf, binStarts, round, type TimeAxis } from './axis.ts';
import type { ClientOperations } from './operations.ts';
import type { Table } from './table.ts';

export type OutcomeColumn = 'from' | 'to' | 'ok' | 'fail' | 'info';

export function outcomesOverTime(operations: ClientOperations, axis: TimeAxis): Table<OutcomeColumn> {
  const counts = [0, 1, 2].map(() => new Float64Array(axis.binCount));
  for (let position = 0; position < operations.count; position++) {
    const bin = binOf(axis, operations.endNs[position] ?? 0);
    const column = counts[operations.outcomeOf[position] ?? 0];
    if (column !== undefined) column[bin] = (column[bin] ?? 0) + 1;
  }
  const from = binStarts(axis);
  const rate = (column: Float64Array | undefined): readonly number[] => Array.from(column ?? [], (count) => round(count / axis.binSeconds));
  return { from, to: from.map((at) => round(at + axis.binSeconds)), ok: rate(counts[0]), fail: rate(counts[1]), info: rate(counts[2]) };
}
