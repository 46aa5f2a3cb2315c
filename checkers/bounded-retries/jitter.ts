/**
 * D7: callers that failed together must not come back together.
 *
 * The peak-to-mean ratio of retries in bins of 50 ms is always told. It is held against the pipeline only where it shows a missing jitter: calls that
 * failed in one instant (reset or left without an answer, so that no `Retry-After` told them when to come back) and whose next attempts came after
 * the same wait. A wait drawn anew for each, uniformly up to its bound, deviates by 58 % of its mean; the same wait for all by what the machine adds.
 *
 * A caller that stood still meanwhile comes back with everything at once, however its waits were drawn. So a wave counts only where its caller was
 * seen to send other calls while it waited.
 */
import type { TrafficRecord } from '../../harness/history/index.ts';
import type { Findings } from '../evidence/index.ts';
import type { Attempt } from './attempts.ts';
import type { Storm } from './facts.ts';

const binMs = 50;
/** Fewer that came back at once are no wave. */
const waveMin = 12;
/** Standard deviation over mean of the waits in a wave, below which they are the same wait. */
const sameWaitDeviation = 0.15;
/** A caller that sent nothing for this part of the wait may have stood still. */
const awakeShare = 0.6;
/** Of a wave, so many came within one bin. */
const peakShare = 0.8;

export interface JitterFigures {
  readonly peakToMean: number;
  /** Times at which at least `waveMin` calls failed together and were tried again. */
  readonly waves: number;
}

interface Return {
  readonly failedAtMs: number;
  readonly waitMs: number;
  readonly attempt: number;
  readonly id: number;
  readonly from: string;
}

/** `traffic` is all there is, to tell a caller that waited from one that stood still. */
export function checkJitter(
  storm: Storm,
  attempts: readonly Attempt[],
  traffic: readonly TrafficRecord[],
  findings: Findings,
): JitterFigures {
  const { facts, faultId } = storm;
  const fromMs = facts.stallStartedAt / 1e6;
  const toMs = facts.stallEndedAt / 1e6 + facts.graceMs;
  const retriesMs = attempts.filter(({ isRetry, atMs }) => isRetry && atMs >= fromMs && atMs < toMs).map(({ atMs }) => atMs);
  const returns = returnsOf(attempts.filter(({ atMs }) => atMs >= fromMs && atMs < toMs));
  let waves = 0;
  for (const wave of wavesOf(returns)) {
    waves += 1;
    const mean = wave.reduce((sum, { waitMs }) => sum + waitMs, 0) / wave.length;
    const deviation = Math.sqrt(wave.reduce((sum, { waitMs }) => sum + (waitMs - mean) ** 2, 0) / wave.length) / mean;
    const peak = peakOf(wave.map(({ failedAtMs, waitMs }) => failedAtMs + waitMs));
    if (!(deviation < sameWaitDeviation) || peak < peakShare * wave.length) continue;
    if (longestSilenceMs(traffic, wave, mean) > awakeShare * mean) continue;
    findings.violation('D7-jitter', {
      summary: `${wave.length} calls that failed together came back together: ${peak} of them within ${binMs} ms, each after ${mean.toFixed(0)} ms (± ${(100 * deviation).toFixed(0)} %).`,
      traffic: wave.slice(0, waveMin).map(({ id }) => id),
      data: { storm: faultId, bounded: false, calls: wave.length, peak, meanWaitMs: mean, deviation },
    });
  }
  const bins = Math.max(1, Math.ceil((toMs - fromMs) / binMs));
  return { peakToMean: retriesMs.length === 0 ? 0 : peakOf(retriesMs) / (retriesMs.length / bins), waves };
}

/** Attempts after one that was left without any answer, with the wait between. */
function returnsOf(attempts: readonly Attempt[]): readonly Return[] {
  const last = new Map<string, Attempt>();
  const returns: Return[] = [];
  for (const one of attempts) {
    const { record, asker, operation, atMs } = one;
    const asking = `${asker} ${operation}`;
    const before = last.get(asking);
    last.set(asking, one);
    if (before === undefined || record.attempt === undefined || before.record.attempt !== record.attempt - 1) continue;
    if (before.record.status !== undefined) continue;
    const failedAtMs = before.record.endedAt / 1e6;
    if (atMs > failedAtMs)
      returns.push({ failedAtMs, waitMs: atMs - failedAtMs, attempt: record.attempt, id: record.id, from: record.from });
  }
  return returns;
}

/** Returns of one attempt number to one caller whose failures lie within one bin. */
function wavesOf(returns: readonly Return[]): readonly (readonly Return[])[] {
  const sorted = [...returns].sort((a, b) => a.attempt - b.attempt || a.from.localeCompare(b.from) || a.failedAtMs - b.failedAtMs);
  const waves: Return[][] = [];
  for (const one of sorted) {
    const wave = waves.at(-1);
    const first = wave?.[0];
    if (wave !== undefined && first?.attempt === one.attempt && first.from === one.from && one.failedAtMs < first.failedAtMs + binMs)
      wave.push(one);
    else waves.push([one]);
  }
  return waves.filter(({ length }) => length >= waveMin);
}

/** How long the caller of a wave sent nothing at all while it waited. */
function longestSilenceMs(traffic: readonly TrafficRecord[], wave: readonly Return[], waitMs: number): number {
  const [first] = wave;
  if (first === undefined) return 0;
  const untilMs = first.failedAtMs + waitMs;
  const sentMs = traffic
    .filter(({ from, receivedAt }) => from === first.from && receivedAt / 1e6 > first.failedAtMs && receivedAt / 1e6 < untilMs)
    .map(({ receivedAt }) => receivedAt / 1e6)
    .sort((a, b) => a - b);
  const moments = [first.failedAtMs, ...sentMs, untilMs];
  return moments.reduce((longest, at, position) => Math.max(longest, at - (moments[position - 1] ?? at)), 0);
}

/** The most instants that lie within one bin, wherever it begins. */
function peakOf(instants: readonly number[]): number {
  const sorted = [...instants].sort((a, b) => a - b);
  let peak = 0;
  let first = 0;
  for (const [position, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - binMs) first += 1;
    peak = Math.max(peak, position - first + 1);
  }
  return peak;
}
