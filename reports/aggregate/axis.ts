/**
 * The time axis that every chart of a report shares: from the first thing that happened under load to the last, cut into bins that are a
 * round number of seconds and few enough to draw (and to embed), whatever the length of the run.
 */
import type { RunEvidence } from '../../harness/history/index.ts';

export const second = 1e9;

const roundSeconds = [0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600] as const;

export interface TimeAxis {
  readonly fromNs: number;
  readonly toNs: number;
  readonly binSeconds: number;
  readonly binCount: number;
}

/** `undefined` when nothing happened. */
export function timeAxis({ history, windows, faults }: RunEvidence, maxBins: number): TimeAxis | undefined {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  const include = (start: number, end: number): void => {
    if (Number.isFinite(start)) from = Math.min(from, start);
    if (Number.isFinite(end)) to = Math.max(to, end);
  };
  for (const { time } of history) include(time, time);
  for (const window of windows) if (window.name !== 'deploy') include(window.from, window.to);
  for (const { startedAt, healedAt } of faults) include(startedAt, healedAt ?? startedAt);
  if (!(to > from)) return undefined;
  return axisBetween(from, to, maxBins);
}

/** Starts on a multiple of the bin, so that bins fall on the ticks. One second at least, unless told otherwise or over within half a minute. */
export function axisBetween(
  fromNs: number,
  toNs: number,
  maxBins: number,
  leastSeconds = toNs - fromNs < 30 * second ? 0.25 : 1,
): TimeAxis {
  const seconds = (toNs - fromNs) / second;
  const binSeconds =
    roundSeconds.find((size) => size >= leastSeconds && seconds / size <= maxBins - 1) ?? Math.ceil(seconds / (maxBins - 1) / 3600) * 3600;
  const binNs = binSeconds * second;
  const start = Math.floor(fromNs / binNs) * binNs;
  return { fromNs: start, toNs, binSeconds, binCount: Math.max(1, Math.ceil((toNs - start) / binNs)) };
}

/** The bin an instant falls in; what lies outside is counted at the edge rather than lost. */
export function binOf(axis: TimeAxis, timeNs: number): number {
  const bin = Math.floor((timeNs - axis.fromNs) / (axis.binSeconds * second));
  return Math.min(axis.binCount - 1, Math.max(0, bin));
}

/** Where each bin starts, in seconds of the run. */
export function binStarts(axis: TimeAxis): readonly number[] {
  const first = axis.fromNs / second;
  return Array.from({ length: axis.binCount }, (_unused, bin) => round(first + bin * axis.binSeconds));
}

/** Three decimals are more than a pixel; the rest would only weigh on the file. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
