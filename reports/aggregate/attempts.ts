/**
 * Calls with an effect as the callee's proxy saw them arrive: first attempts F, retries R, and those that were answered with success.
 * Amplification is (F + R) / F: what the callee had to carry for each thing that was asked of it.
 */
import type { TrafficRecord } from '../../harness/history/index.ts';
import { binOf, binStarts, round, type TimeAxis } from './axis.ts';
import type { Table } from './table.ts';

export type AttemptColumn = 'from' | 'to' | 'first' | 'retries' | 'goodput' | 'amplification';

export interface Attempts {
  readonly table: Table<AttemptColumn>;
  readonly firstTotal: number;
  readonly retryTotal: number;
  readonly goodTotal: number;
}

/** `undefined` when no call with an effect was seen. */
export function attemptsOverTime(traffic: readonly TrafficRecord[], axis: TimeAxis): Attempts | undefined {
  const first = new Float64Array(axis.binCount);
  const retries = new Float64Array(axis.binCount);
  const good = new Float64Array(axis.binCount);
  const add = (column: Float64Array, timeNs: number): void => {
    const bin = binOf(axis, timeNs);
    column[bin] = (column[bin] ?? 0) + 1;
  };
  for (const call of traffic) {
    if (call.kind !== 'effect') continue;
    add((call.attempt ?? 1) > 1 ? retries : first, call.receivedAt);
    if (call.respondedAt !== undefined && call.status !== undefined && call.status >= 200 && call.status < 300) add(good, call.respondedAt);
  }
  const [firstTotal, retryTotal, goodTotal] = [sum(first), sum(retries), sum(good)];
  if (firstTotal + retryTotal === 0) return undefined;
  const from = binStarts(axis);
  const rate = (column: Float64Array): readonly number[] => Array.from(column, (count) => round(count / axis.binSeconds));
  return {
    firstTotal,
    retryTotal,
    goodTotal,
    table: {
      from,
      to: from.map((at) => round(at + axis.binSeconds)),
      first: rate(first),
      retries: rate(retries),
      goodput: rate(good),
      amplification: Array.from(first, (count, bin) => (count === 0 ? null : round((count + (retries[bin] ?? 0)) / count))),
    },
  };
}

function sum(column: Float64Array): number {
  return column.reduce((total, count) => total + count, 0);
}
