/**
 * Recovered: once the callee is well again, goodput comes back by itself.
 * - D5: after healing and T_max, every window has G ≥ 0.9·G₀;
 * - D6: a window that doesn't, for 3·T_max, though as much is asked as before, is a metastable failure (Bronson and others, "Metastable Failures in
 *   Distributed Systems", HotOS 2021): the trigger is gone, and the retries alone keep the service down.
 *
 * A window is long enough that chance doesn't take a tenth of it away: λW ≥ 9/(1−0.9)². A run that is shorter gets a shorter window, which
 * can only tell less: a window counts as below when no chance explains it, of the window's count and of the baseline's.
 */
import type { FaultRecord, RunEvidence, RunWindow } from '../../harness/history/index.ts';
import { NEMESIS } from '../../harness/history/index.ts';
import type { Findings } from '../evidence/index.ts';
import { type Attempt, onTimeSuccesses } from './attempts.ts';
import { beyondChance, countIn, shortfall } from './counting.ts';
import { longestRecoveryMs, type Storm } from './facts.ts';

/** X: the share of the baseline that counts as recovered. */
const recoveredShare = 0.9;
/** A window tells nothing in which goodput could be down to a third without being told from chance. */
const noticeableShare = 1 / 3;

/** A shorter one would take a hiccup of the machine for a failure to recover. */
const windowMinMs = 5000;

/** Where recovery is looked for. */
export interface Horizon {
  readonly healedMs: number;
  /** The load ends, or the next fault begins. */
  readonly endMs: number;
  readonly windowMs: number;
  readonly stepMs: number;
}

export interface Baseline {
  readonly fromMs: number;
  readonly toMs: number;
  /** Invocations by clients, on-time successes, first attempts. */
  readonly invocations: number;
  readonly successes: number;
  readonly firsts: number;
}

/** Everything is in milliseconds and sorted. */
export interface Load {
  readonly invocationsMs: readonly number[];
  readonly successesMs: readonly number[];
  readonly firstsMs: readonly number[];
}

export function loadOf(storm: Storm, attempts: readonly Attempt[], { history }: RunEvidence): Load {
  return {
    invocationsMs: history.filter(({ type, process }) => type === 'invoke' && process !== NEMESIS).map(({ time }) => time / 1e6),
    successesMs: onTimeSuccesses(attempts, storm.facts.onTimeMs),
    firstsMs: attempts.filter(({ isFirstSeen }) => isFirstSeen).map(({ atMs }) => atMs),
  };
}

/** Of the clean window before the first fault. */
export function baselineOf(load: Load, windows: readonly RunWindow[]): Baseline | undefined {
  const clean = windows.find(({ name }) => name === 'clean-before');
  if (clean === undefined || clean.to <= clean.from) return undefined;
  const [fromMs, toMs] = [clean.from / 1e6, clean.to / 1e6];
  return {
    fromMs,
    toMs,
    invocations: countIn(load.invocationsMs, fromMs, toMs),
    successes: countIn(load.successesMs, fromMs, toMs),
    firsts: countIn(load.firstsMs, fromMs, toMs),
  };
}

/** From when on nothing but the storm's own aftermath can be the cause, until the load ends or another fault begins; a sentence where there is no such time. */
export function horizonOf(storm: Storm, evidence: RunEvidence, load: Load, baseline: Baseline): Horizon | string {
  const { facts, faultId } = storm;
  const recoveryMs = longestRecoveryMs(facts);
  if (recoveryMs === undefined)
    return `${faultId} leaves no capacity to recover with: ${facts.capacityPerSecond}/s is not above the load with its budgeted retries`;
  const others = evidence.faults.filter(({ id }) => id !== faultId);
  const loadEndMs = endOfLoad(evidence, load);
  const healedMs = allHealedMs(facts.stallEndedAt / 1e6, others);
  if (!Number.isFinite(healedMs)) return `another fault was active when ${faultId} was healed, and was never healed itself`;
  const nextFaultMs = Math.min(...others.map(({ startedAt }) => startedAt / 1e6).filter((at) => at >= healedMs), Number.POSITIVE_INFINITY);
  const endMs = Math.min(loadEndMs, nextFaultMs);
  const wantedMs = Math.max(windowMinMs, (9 / (1 - recoveredShare) ** 2 / facts.offeredPerSecond) * 1000);
  const windowMs = Math.min(wantedMs, endMs - healedMs - recoveryMs);
  if (windowMs < windowMinMs) {
    return (
      `after ${faultId} there were ${((endMs - healedMs) / 1000).toFixed(1)} s of load without another fault; recovery may take ` +
      `${(recoveryMs / 1000).toFixed(1)} s, and ${windowMinMs / 1000} s more are needed to see it`
    );
  }
  const scale = windowMs / (baseline.toMs - baseline.fromMs);
  if (shortfall(noticeableShare * baseline.successes * scale, baseline.successes, scale, recoveredShare) < beyondChance) {
    return `${baseline.successes} successes in the clean window and ${(windowMs / 1000).toFixed(1)} s after ${faultId} are too few to tell a third of the goodput from chance`;
  }
  return { healedMs, endMs, windowMs, stepMs: windowMs / 8 };
}

/** Faults that overlap the storm have to be healed, too, and those that overlap them. */
function allHealedMs(healedMs: number, others: readonly FaultRecord[]): number {
  let until = healedMs;
  for (const { startedAt, healedAt } of [...others].sort((a, b) => a.startedAt - b.startedAt)) {
    if (startedAt / 1e6 < until) until = Math.max(until, (healedAt ?? Number.POSITIVE_INFINITY) / 1e6);
  }
  return until;
}

function endOfLoad({ windows }: RunEvidence, { invocationsMs }: Load): number {
  const quiesce = windows.find(({ name }) => name === 'quiesce');
  return Math.min(quiesce === undefined ? Number.POSITIVE_INFINITY : quiesce.from / 1e6, invocationsMs.at(-1) ?? 0);
}

export interface RecoveryFigures {
  readonly windows: number;
  /** The least Δ from which no window was below; absent when there is none. */
  readonly recoveryMs?: number;
  readonly longestRecoveryMs: number;
  /** On-time successes a second: G₀, and the least of any window after T_max. */
  readonly baselinePerSecond: number;
  readonly leastPerSecond: number;
}

export function checkRecovered(storm: Storm, load: Load, baseline: Baseline, horizon: Horizon, findings: Findings): RecoveryFigures {
  const limitMs = longestRecoveryMs(storm.facts) ?? 0;
  const { healedMs, endMs, windowMs, stepMs } = horizon;
  const windows: { readonly startMs: number; readonly successes: number; readonly below: boolean; readonly askedAsBefore: boolean }[] = [];
  for (let startMs = healedMs; startMs + windowMs <= endMs + 1e-6; startMs += stepMs)
    windows.push(judgeWindow(load, baseline, startMs, windowMs));
  // The steps need not meet the end, and the last window is the one that must show recovery where the load is only just long enough.
  const lastMs = endMs - windowMs;
  if ((windows.at(-1)?.startMs ?? Number.NEGATIVE_INFINITY) < lastMs) windows.push(judgeWindow(load, baseline, lastMs, windowMs));
  const lastBelow = windows.findLastIndex(({ below }) => below);
  const recovered = windows[lastBelow + 1];
  const due = windows.filter(({ startMs }) => startMs >= healedMs + limitMs - 1e-6);
  const missed = due.filter(({ below }) => below);
  const perSecond = (count: number): number => (count / windowMs) * 1000;
  const figures = {
    windows: due.length,
    ...(recovered === undefined ? {} : { recoveryMs: recovered.startMs - healedMs }),
    longestRecoveryMs: limitMs,
    baselinePerSecond: (baseline.successes / (baseline.toMs - baseline.fromMs)) * 1000,
    leastPerSecond: perSecond(Math.min(...due.map(({ successes }) => successes))),
  };
  const [first] = missed;
  if (first === undefined) return figures;
  const data = { storm: storm.faultId, recovered: false, windowMs, windowsBelow: missed.length, ...figures };
  findings.violation('D5-recovery', {
    summary:
      `${((first.startMs - healedMs) / 1000).toFixed(1)} s after ${storm.faultId} was healed, goodput was ${perSecond(first.successes).toFixed(1)}/s of ` +
      `${figures.baselinePerSecond.toFixed(1)}/s before; it should have been back after ${(limitMs / 1000).toFixed(1)} s.`,
    data: { ...data, startMs: first.startMs },
  });
  const metastable = longestRun(windows, windowMs);
  if (metastable !== undefined && metastable.toMs - metastable.fromMs >= 3 * limitMs) {
    findings.violation('D6-metastable', {
      summary:
        `From ${(metastable.fromMs / 1000).toFixed(1)} s to ${(metastable.toMs / 1000).toFixed(1)} s goodput stayed below ${recoveredShare} of its baseline though as much ` +
        `was asked as before: the service is kept down by its own retries.`,
      data: { ...data, ...metastable },
    });
  }
  return figures;
}

/** Less is expected where customers asked for less. */
function judgeWindow(
  load: Load,
  baseline: Baseline,
  startMs: number,
  windowMs: number,
): { startMs: number; successes: number; below: boolean; askedAsBefore: boolean } {
  const endMs = startMs + windowMs;
  const scale = windowMs / (baseline.toMs - baseline.fromMs);
  const successes = countIn(load.successesMs, startMs, endMs);
  const asked = baseline.invocations === 0 ? 1 : countIn(load.invocationsMs, startMs, endMs) / (baseline.invocations * scale);
  return {
    startMs,
    successes,
    below: shortfall(successes, baseline.successes, scale, recoveredShare * Math.min(1, asked)) > beyondChance,
    askedAsBefore: shortfall(countIn(load.firstsMs, startMs, endMs), baseline.firsts, scale, recoveredShare) <= beyondChance,
  };
}

/** The longest time covered by windows that were below although as much was asked. */
function longestRun(
  windows: readonly { readonly startMs: number; readonly below: boolean; readonly askedAsBefore: boolean }[],
  windowMs: number,
): { readonly fromMs: number; readonly toMs: number } | undefined {
  let longest: { fromMs: number; toMs: number } | undefined;
  let fromMs: number | undefined;
  for (const { startMs, below, askedAsBefore } of windows) {
    fromMs = below && askedAsBefore ? (fromMs ?? startMs) : undefined;
    if (fromMs === undefined) continue;
    const run = { fromMs, toMs: startMs + windowMs };
    if (longest === undefined || run.toMs - run.fromMs > longest.toMs - longest.fromMs) longest = run;
  }
  return longest;
}
