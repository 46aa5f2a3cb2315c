/**
 * The seam signals as one line each: samples of all nodes merged the way the signal is read (the worst lag, the scarcest budget, the sum of
 * duplicates), and the 99th percentile worked out from a histogram's buckets between two scrapes.
 */
import type { SignalSample } from '../../harness/history/index.ts';
import { binOf, binStarts, round, type TimeAxis } from './axis.ts';
import type { Table } from './table.ts';

export interface SignalDefinition {
  readonly title: string;
  readonly unit: string;
  /** Metric names that carry it, best first. */
  readonly names: readonly string[];
  readonly merge: 'max' | 'min' | 'sum';
  /** Counts up from anywhere, so zero is not where to read it from. */
  readonly floats?: true;
  /** Read the 99th percentile of the histogram instead of the value. */
  readonly p99?: true;
}

export const seamSignals: readonly SignalDefinition[] = [
  { title: 'Consumer lag', unit: 'events', names: ['consumer_lag_events'], merge: 'max' },
  { title: 'Quorum write p99', unit: 'seconds', names: ['quorum_write_seconds'], merge: 'max', p99: true },
  { title: 'Quorum read p99', unit: 'seconds', names: ['quorum_read_seconds'], merge: 'max', p99: true },
  { title: 'Leader', unit: 'fencing token', names: ['leader_token'], merge: 'max', floats: true },
  { title: 'Retry budget left', unit: 'tokens', names: ['retry_budget_available'], merge: 'min' },
  { title: 'Duplicate effects', unit: 'records', names: ['duplicate_effects_total'], merge: 'sum' },
];

export interface SignalSeries {
  readonly definition: SignalDefinition;
  readonly table: Table<'at' | 'value'>;
  /** The least, the greatest and the last value seen. */
  readonly least: number;
  readonly greatest: number;
  readonly last: number;
}

/** Signals that were never sampled are left out; a bin without a sample is a gap in the line. */
export function signalSeries(samples: readonly SignalSample[], axis: TimeAxis): readonly SignalSeries[] {
  const byName = groupBy(samples, ({ name }) => name);
  return seamSignals.flatMap((definition) => {
    const points = definition.names.map((name) => pointsOf(byName, name, definition)).find((found) => found.length > 0);
    if (points === undefined) return [];
    const perBin = mergePerBin(points, axis, definition.merge);
    const values = perBin.filter((value) => value !== null);
    if (values.length === 0) return [];
    const table = { at: binStarts(axis), value: perBin };
    return [{ definition, table, least: Math.min(...values), greatest: Math.max(...values), last: values.at(-1) ?? 0 }];
  });
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

interface Point {
  readonly time: number;
  /** Node and labels: one line of the scrape. */
  readonly series: string;
  readonly value: number;
}

function pointsOf(byName: ReadonlyMap<string, readonly SignalSample[]>, name: string, definition: SignalDefinition): readonly Point[] {
  if (definition.p99 !== true) return (byName.get(name) ?? []).flatMap(plainPoint);
  const summary = (byName.get(name) ?? []).filter(({ labels }) => labels?.['quantile'] === '0.99').flatMap(plainPoint);
  return summary.length > 0 ? summary : percentileFromBuckets(byName.get(`${name}_bucket`) ?? []);
}

function plainPoint({ time, node, labels, value }: SignalSample): readonly Point[] {
  return value === undefined || !Number.isFinite(value) ? [] : [{ time, series: seriesName(node, labels), value }];
}

function seriesName(node: string, labels: SignalSample['labels'], without = ''): string {
  const rest = Object.entries(labels ?? {}).filter(([label]) => label !== without);
  return JSON.stringify([node, rest.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Within a bin the last sample of each series counts, and the series are then merged. */
function mergePerBin(points: readonly Point[], axis: TimeAxis, merge: SignalDefinition['merge']): readonly (number | null)[] {
  const bins: Map<string, number>[] = Array.from({ length: axis.binCount }, () => new Map());
  for (const { time, series, value } of points) bins[binOf(axis, time)]?.set(series, value);
  return bins.map((bin) => {
    if (bin.size === 0) return null;
    const values = [...bin.values()];
    const merged = merge === 'sum' ? values.reduce((a, b) => a + b, 0) : values.reduce((a, b) => Math[merge](a, b));
    return round(merged);
  });
}

/**
 * Buckets count up for ever, so what happened between two scrapes is their difference; the percentile lies on the line between the bounds of
 * the bucket it falls in, as Prometheus' `histogram_quantile` has it. Beyond the last finite bound, that bound is all that is known.
 */
function percentileFromBuckets(samples: readonly SignalSample[]): readonly Point[] {
  const scrapes = groupBy(
    samples.filter(({ value }) => value !== undefined),
    ({ node, labels, time }) => JSON.stringify([seriesName(node, labels, 'le'), time]),
  );
  const before = new Map<string, readonly Bucket[]>();
  const points: Point[] = [];
  for (const scrape of scrapes.values()) {
    const [sample] = scrape;
    if (sample === undefined) continue;
    const series = seriesName(sample.node, sample.labels, 'le');
    const buckets = scrape.map(bucketOf).sort((a, b) => a.bound - b.bound);
    const previous = before.get(series);
    before.set(series, buckets);
    const value = previous === undefined ? undefined : percentileBetween(previous, buckets, 0.99);
    if (value !== undefined) points.push({ time: sample.time, series, value });
  }
  return points;
}

interface Bucket {
  readonly bound: number;
  readonly count: number;
}

function bucketOf({ labels, value }: SignalSample): Bucket {
  const bound = labels?.['le'] ?? '+Inf';
  return { bound: bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), count: value ?? 0 };
}

function percentileBetween(previous: readonly Bucket[], now: readonly Bucket[], share: number): number | undefined {
  const earlier = new Map(previous.map(({ bound, count }) => [bound, count]));
  const grown = now.map(({ bound, count }) => ({ bound, count: count - (earlier.get(bound) ?? 0) }));
  const total = grown.at(-1)?.count ?? 0;
  // Nothing happened, or the node restarted and counts from zero again.
  if (total <= 0 || grown.some(({ count }) => count < 0)) return undefined;
  const rank = share * total;
  const position = grown.findIndex(({ count }) => count >= rank);
  const upper = grown[position];
  const lower = grown[position - 1] ?? { bound: 0, count: 0 };
  if (upper === undefined) return undefined;
  if (!Number.isFinite(upper.bound)) return lower.bound;
  return lower.bound + ((upper.bound - lower.bound) * (rank - lower.count)) / Math.max(1, upper.count - lower.count);
}
