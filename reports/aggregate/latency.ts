/**
 * Latency by function: exact quantiles of acknowledged operations in each bin, and every operation, whatever its outcome, counted into cells
 * of a grid (time × logarithm of latency × outcome). A cell is drawn as a dot, so a million operations look like the scatter they are and
 * weigh as little as ten thousand.
 */

import { axisBetween, binOf, binStarts, round, second, type TimeAxis } from './axis.ts';
import { type ClientOperations, outcomes } from './operations.ts';
import type { Table } from './table.ts';

const millisecond = 1e6;
const cellsPerDecade = 16;
/** Below this a client can't tell a difference, and the logarithm would run away. */
const leastMs = 0.05;

export type QuantileColumn = 'from' | 'to' | 'count' | 'p50' | 'p95' | 'p99';
export type DensityColumn = 'at' | 'latencyMs' | 'outcome' | 'count';

export interface FunctionLatency {
  readonly name: string;
  readonly count: number;
  readonly quantiles: Table<QuantileColumn>;
  readonly density: Table<DensityColumn>;
}

/** The `limit` functions called most, most first. */
export function latencyByFunction(operations: ClientOperations, axis: TimeAxis, limit: number): readonly FunctionLatency[] {
  const counts = operations.functions.map(() => 0);
  for (let position = 0; position < operations.count; position++) {
    const id = operations.functionOf[position] ?? 0;
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return operations.functions
    .map((name, id) => ({ name, id, count: counts[id] ?? 0 }))
    .sort((a, b) => b.count - a.count)
    .slice(0, limit)
    .map(({ name, id, count }) => ({
      name,
      count,
      quantiles: quantilesOverTime(operations, id, axis),
      density: densityWithin(operations, id, axis),
    }));
}

function quantilesOverTime(operations: ClientOperations, id: number, axis: TimeAxis): Table<QuantileColumn> {
  const from = binStarts(axis);
  const bins = sortedLatencies(operations, axis.binCount, (position) =>
    operations.functionOf[position] === id && operations.outcomeOf[position] === 0 ? binOf(axis, operations.startNs[position] ?? 0) : -1,
  );
  const quantile = (share: number): readonly (number | null)[] => bins.map((latencies) => nearestRank(latencies, share));
  return {
    from,
    to: from.map((at) => round(at + axis.binSeconds)),
    count: bins.map((latencies) => latencies.length),
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
  };
}

/** Latencies in milliseconds by group, each group sorted, in two passes over the operations. A group below 0 means: leave it out. */
export function sortedLatencies(
  operations: ClientOperations,
  groups: number,
  groupOf: (position: number) => number,
): readonly Float64Array[] {
  const sizes = new Uint32Array(groups);
  for (let position = 0; position < operations.count; position++) {
    const group = groupOf(position);
    if (group >= 0) sizes[group] = (sizes[group] ?? 0) + 1;
  }
  const sorted = Array.from(sizes, (size) => new Float64Array(size));
  const filled = new Uint32Array(groups);
  for (let position = 0; position < operations.count; position++) {
    const group = groupOf(position);
    const latencies = sorted[group];
    if (latencies === undefined) continue;
    const next = filled[group] ?? 0;
    latencies[next] = latencyMs(operations, position);
    filled[group] = next + 1;
  }
  for (const latencies of sorted) latencies.sort();
  return sorted;
}

/** The least value that at least `share` of the values don't exceed; `null` for none. */
export function nearestRank(sorted: Float64Array, share: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? null : round(value);
}

/** Time bins to try for the dots, finest first: few operations look like the scatter they are, many become a texture. */
const densityBins = [360, 240, 160, 100, 60] as const;
const maxCells = 5_000;

function densityWithin(operations: ClientOperations, id: number, axis: TimeAxis): Table<DensityColumn> {
  let cells: Table<DensityColumn> | undefined;
  for (const bins of densityBins) {
    cells = density(operations, id, axisBetween(axis.fromNs, axis.toNs, bins, 0.25));
    if (cells.count.length <= maxCells) break;
  }
  return cells ?? density(operations, id, axis);
}

function density(operations: ClientOperations, id: number, axis: TimeAxis): Table<DensityColumn> {
  const cells = new Map<number, number>();
  // One number names a cell: latency row, then outcome, then bin. Rows start at 0 for `leastMs`, so the number is never negative.
  const stride = axis.binCount * outcomes.length;
  for (let position = 0; position < operations.count; position++) {
    if (operations.functionOf[position] !== id) continue;
    const row = Math.floor(Math.log10(Math.max(leastMs, latencyMs(operations, position)) / leastMs) * cellsPerDecade);
    const cell = row * stride + (operations.outcomeOf[position] ?? 0) * axis.binCount + binOf(axis, operations.startNs[position] ?? 0);
    cells.set(cell, (cells.get(cell) ?? 0) + 1);
  }
  const at: number[] = [];
  const latency: number[] = [];
  const outcome: string[] = [];
  const count: number[] = [];
  for (const [cell, members] of [...cells].sort(([a], [b]) => a - b)) {
    const row = Math.floor(cell / stride);
    const bin = cell % axis.binCount;
    at.push(round(axis.fromNs / second + (bin + 0.5) * axis.binSeconds));
    latency.push(round(leastMs * 10 ** ((row + 0.5) / cellsPerDecade)));
    outcome.push(outcomes[Math.floor((cell % stride) / axis.binCount)] ?? 'info');
    count.push(members);
  }
  return { at, latencyMs: latency, outcome, count };
}

function latencyMs(operations: ClientOperations, position: number): number {
  return ((operations.endNs[position] ?? 0) - (operations.startNs[position] ?? 0)) / millisecond;
}
