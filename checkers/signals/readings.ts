/**
 * Samples as one reads them on a dashboard: one line for each signal, one reading for each round of scrapes. Of a gauge the worst of all nodes, of a
 * counter by how much all nodes together went up, of a histogram the 99th percentile of what was observed since the round before.
 */
import type { SignalSample } from '../../harness/history/index.ts';
import { groupBy } from '../evidence/index.ts';

export interface Reading {
  /** Of the latest sample in it. */
  readonly time: number;
  readonly value: number;
}

export interface Signal {
  readonly name: string;
  /** `gap`: 1 where a node did not answer. `counter`: by how much it went up. `high`, `low`: a gauge, and which way is bad. */
  readonly kind: 'gap' | 'counter' | 'high' | 'low';
  readonly readings: readonly Reading[];
}

/** The sample that says whether a scrape succeeded; without a value it did not. */
const scrapeSucceeded = 'up';
/** Gauges that only ever rise: what counts is that they did. */
const risingGauges: ReadonlySet<string> = new Set(['leader_token']);
/** Who leads is neither good nor bad. */
const facts: ReadonlySet<string> = new Set(['leading_token']);
/** Gauges of which there can be too little. */
const scarceGauges: ReadonlySet<string> = new Set(['retry_budget_available']);
const bucketSuffix = '_bucket';

export interface Scrapes {
  readonly signals: readonly Signal[];
  /** Nanoseconds between two rounds. */
  readonly interval: number;
}

export function readSignals(samples: readonly SignalSample[]): Scrapes {
  const sorted = samples.filter(({ name }) => !facts.has(name)).sort((a, b) => a.time - b.time);
  const interval = intervalOf(sorted);
  const rounds = roundsOf(sorted, interval);
  const byName = groupBy(
    sorted.map((sample, at) => ({ sample, round: rounds.of[at] ?? 0 })),
    ({ sample }) => sample.name,
  );
  const signals = [...byName].map(([name, placed]): Signal => {
    if (name === scrapeSucceeded)
      return { name, kind: 'gap', readings: merge(placed, ({ value }) => (value === undefined ? 1 : 0), Math.max) };
    if (name.endsWith(bucketSuffix))
      return { name: `${name.slice(0, -bucketSuffix.length)} p99`, kind: 'high', readings: percentiles(placed) };
    if (name.endsWith('_total') || risingGauges.has(name)) return { name, kind: 'counter', readings: increments(placed, rounds) };
    const scarce = scarceGauges.has(name);
    return { name, kind: scarce ? 'low' : 'high', readings: merge(placed, ({ value }) => value, scarce ? Math.min : Math.max) };
  });
  return { signals, interval };
}

interface Placed {
  readonly sample: SignalSample;
  readonly round: number;
}

/** The median time between two scrapes of one node. */
function intervalOf(sorted: readonly SignalSample[]): number {
  const steps: number[] = [];
  const last = new Map<string, number>();
  for (const { node, name, time } of sorted) {
    if (name !== scrapeSucceeded) continue;
    const before = last.get(node);
    if (before !== undefined && time > before) steps.push(time - before);
    last.set(node, time);
  }
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? defaultInterval;
}

const defaultInterval = 500e6;

interface Rounds {
  /** The round of each sample. */
  readonly of: readonly number[];
  /** When each round ended. */
  readonly ends: readonly number[];
}

/** All nodes are scraped at once, so samples of one round lie close together. */
function roundsOf(sorted: readonly SignalSample[], interval: number): Rounds {
  const of: number[] = [];
  const ends: number[] = [];
  let began = Number.NEGATIVE_INFINITY;
  for (const { time } of sorted) {
    if (time - began > interval / 2) {
      began = time;
      ends.push(time);
    }
    ends[ends.length - 1] = time;
    of.push(ends.length - 1);
  }
  return { of, ends };
}

function merge(
  placed: readonly Placed[],
  read: (sample: SignalSample) => number | undefined,
  better: (a: number, b: number) => number,
): readonly Reading[] {
  const readings = new Map<number, Reading>();
  for (const { sample, round } of placed) {
    const value = read(sample);
    if (value === undefined || !Number.isFinite(value)) continue;
    const before = readings.get(round);
    readings.set(round, { time: sample.time, value: before === undefined ? value : better(before.value, value) });
  }
  return [...readings.values()];
}

function seriesOf({ node, labels }: SignalSample): string {
  return labels === undefined ? node : `${node} ${JSON.stringify(labels)}`;
}

/** What a counter went up by since its sample before; one that starts again counts from zero, and so does one that wasn't there before. */
class Increments {
  readonly #last = new Map<string, number>();

  /** `present`: was the first round over when the series appeared? What a counter had by then is nobody's doing. */
  next(series: string, value: number, present: boolean): number {
    const before = this.#last.get(series);
    this.#last.set(series, value);
    if (before === undefined) return present ? value : 0;
    return value >= before ? value - before : value;
  }
}

/** A reading for every round: a counter that isn't exported yet has counted nothing. */
function increments(placed: readonly Placed[], { ends }: Rounds): readonly Reading[] {
  const counted = new Increments();
  const sums = ends.map((time) => ({ time, value: 0 }));
  for (const { sample, round } of placed) {
    const sum = sums[round];
    if (sample.value === undefined || sum === undefined) continue;
    sum.value += counted.next(seriesOf(sample), sample.value, round > 0);
  }
  return sums;
}

const percentile = 0.99;

/** The upper end of the bucket in which the percentile lies; above the last, that one's. Rounds in which nothing was observed have none. */
function percentiles(placed: readonly Placed[]): readonly Reading[] {
  const counted = new Increments();
  const byRound = new Map<number, { time: number; readonly atMost: Map<number, number> }>();
  for (const { sample, round } of placed) {
    const bound = boundOf(sample);
    if (sample.value === undefined || bound === undefined) continue;
    const more = counted.next(seriesOf(sample), sample.value, round > 0);
    const known = byRound.get(round) ?? { time: sample.time, atMost: new Map<number, number>() };
    known.time = sample.time;
    known.atMost.set(bound, (known.atMost.get(bound) ?? 0) + more);
    byRound.set(round, known);
  }
  return [...byRound.values()].flatMap(({ time, atMost }) => {
    const bounds = [...atMost].sort(([a], [b]) => a - b);
    const total = bounds.at(-1)?.[1] ?? 0;
    if (total <= 0) return [];
    const [bound = 0] = bounds.find(([, count]) => count >= percentile * total) ?? [];
    const largest = bounds.findLast(([candidate]) => Number.isFinite(candidate))?.[0] ?? 0;
    return [{ time, value: Math.min(bound, largest) }];
  });
}

function boundOf({ labels }: SignalSample): number | undefined {
  const text = labels?.['le'];
  if (text === undefined) return undefined;
  const bound = text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
  return Number.isNaN(bound) ? undefined : bound;
}
