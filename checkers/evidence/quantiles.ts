/** Quantiles of durations, by a histogram of three significant digits, so that a million of them cost no more than a hundred. */
import { build, type Histogram } from 'hdr-histogram-js';

const longestMicroseconds = 24 * 3600 * 1e6;

export interface Quantiles {
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export interface DurationCounter {
  add(milliseconds: number): void;
  quantiles(): Quantiles;
}

export function createDurationCounter(): DurationCounter {
  const histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: longestMicroseconds,
    numberOfSignificantValueDigits: 3,
  });
  let maxMs = 0;
  // A bucket's upper end may lie above everything that is in it.
  const at = (percentile: number): number => Math.min(maxMs, histogram.getValueAtPercentile(percentile) / 1000);
  return {
    add(milliseconds) {
      histogram.recordValue(Math.min(longestMicroseconds, Math.max(1, Math.round(milliseconds * 1000))));
      maxMs = Math.max(maxMs, milliseconds);
    },
    quantiles: () => ({ count: histogram.totalCount, p50Ms: at(50), p90Ms: at(90), p99Ms: at(99), p999Ms: at(99.9), maxMs }),
  };
}
