/**
 * Bounded: retries add a limited load, whatever fails.
 * - D1: one asking for an operation makes at most A attempts;
 * - D2: at every retry instant s, R(s−τ, s] ≤ β·F(s−τ, s] + n·m·τ + 1, by what callers say of their calls; n are the processes that the storm knew
 *   of, or those that were seen to call where they were more: a successor has a budget of its own;
 * - D3: end to end, by what the edge saw whatever they say: repeated calls ≤ β for each operation and layer, plus the floors. It is what catches
 *   layers that each retry and so multiply, each of them within its own limit;
 * - D4: once the grace after the stall has passed, the calls of every window stay below the capacity.
 */
import type { Findings } from '../evidence/index.ts';
import type { Attempt } from './attempts.ts';
import { beyondChance, countAfter, countIn } from './counting.ts';
import type { Storm } from './facts.ts';
import type { Horizon } from './recovery.ts';

export interface BoundedFigures {
  readonly firstAttempts: number;
  readonly retries: number;
  /** Calls for each operation, from the stall to the end of the grace. */
  readonly amplification: number;
  readonly mostAttempts: number;
  /** Windows in which D4 was asked. */
  readonly capacityWindows: number;
}

/**
 * A budget counts a retry when it is sent, the proxy when it arrives. What was delayed by this much on the way may fall into a window that it
 * wasn't sent in.
 */
const witnessSkewMs = 100;

export function checkBounded(storm: Storm, attempts: readonly Attempt[], horizon: Horizon | undefined, findings: Findings): BoundedFigures {
  const firstsMs = attempts.filter(({ isRetry }) => !isRetry).map(({ atMs }) => atMs);
  const retriesMs = attempts.filter(({ isRetry }) => isRetry).map(({ atMs }) => atMs);
  const mostAttempts = checkAttempts(storm, attempts, findings);
  checkBudget(storm, attempts, firstsMs, retriesMs, findings);
  return {
    firstAttempts: firstsMs.length,
    retries: retriesMs.length,
    amplification: checkEndToEnd(storm, attempts, findings),
    mostAttempts,
    capacityWindows: horizon === undefined ? 0 : checkCapacity(storm, attempts, horizon, findings),
  };
}

/**
 * D1. Attempts are numbered within one asking; a saga may ask again in a later round, which D2 and D3 count, and so they do where a caller numbers its
 * attempts wrongly.
 */
function checkAttempts({ faultId, facts }: Storm, attempts: readonly Attempt[], findings: Findings): number {
  const tooMany = attempts.filter(({ record }) => (record.attempt ?? 0) > facts.attemptsMax);
  const accused = new Set<string>();
  for (const { record, operation, asker } of tooMany) {
    const name = `${asker} ${operation} ${record.round ?? 0}`;
    if (accused.has(name)) continue;
    accused.add(name);
    findings.violation('D1-attempts', {
      summary: `${record.from} made attempt ${record.attempt ?? 0} of ${operation}, of at most ${facts.attemptsMax}.`,
      traffic: [record.id],
      data: { storm: faultId, bounded: false, operation, from: record.from, attempt: record.attempt, attemptsMax: facts.attemptsMax },
    });
  }
  return attempts.reduce((most, { record }) => Math.max(most, record.attempt ?? 0), 0);
}

/** D2. */
function checkBudget(
  { faultId, facts }: Storm,
  attempts: readonly Attempt[],
  firstsMs: readonly number[],
  retriesMs: readonly number[],
  findings: Findings,
): void {
  const { budgetShare, budgetFloorPerSecond, budgetWindowMs, clientProcesses } = facts;
  const floorOf = (processes: number): number => (processes * budgetFloorPerSecond * budgetWindowMs) / 1000;
  let instants = 0;
  let worst: { readonly atMs: number; readonly retries: number; readonly firsts: number; readonly allowed: number } | undefined;
  for (const atMs of retriesMs) {
    const retries = countAfter(retriesMs, atMs - budgetWindowMs + witnessSkewMs, atMs);
    const firsts = countAfter(firstsMs, atMs - budgetWindowMs - witnessSkewMs, atMs);
    const least = budgetShare * firsts + floorOf(clientProcesses) + 1;
    if (retries <= least) continue;
    const callers = askersIn(attempts, atMs - budgetWindowMs - witnessSkewMs, atMs);
    const allowed = least + floorOf(Math.max(0, callers - clientProcesses));
    if (retries <= allowed) continue;
    instants += 1;
    if (worst === undefined || retries - allowed > worst.retries - worst.allowed) worst = { atMs, retries, firsts, allowed };
  }
  if (worst === undefined) return;
  findings.violation('D2-budget', {
    summary:
      `In the ${budgetWindowMs / 1000} s before ${(worst.atMs / 1000).toFixed(3)} s there were ${worst.retries} retries for ${worst.firsts} first attempts; ` +
      `the budgets allow ${worst.allowed.toFixed(1)}. So it was at ${instants} instants.`,
    data: { storm: faultId, bounded: false, instants, ...worst },
  });
}

/** A process in a new term may be a new process, with a new budget; counted as one, it is never accused of what it was allowed. */
function askersIn(attempts: readonly Attempt[], afterMs: number, upToMs: number): number {
  return new Set(attempts.filter(({ atMs }) => atMs > afterMs && atMs <= upToMs).map(({ asker }) => asker)).size;
}

/** D3. In any time T there are at most T/τ + 1 windows of a budget, each with its floor. */
function checkEndToEnd({ faultId, facts }: Storm, attempts: readonly Attempt[], findings: Findings): number {
  const { budgetShare, budgetFloorPerSecond, budgetWindowMs, clientProcesses, graceMs } = facts;
  const fromMs = facts.stallStartedAt / 1e6;
  const toMs = facts.stallEndedAt / 1e6 + graceMs;
  const within = attempts.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const operations = new Set(within.map(({ operation }) => operation)).size;
  const firsts = attempts.filter(({ atMs, isFirstSeen }) => isFirstSeen && atMs >= fromMs - budgetWindowMs && atMs < toMs).length;
  const repeated = within.filter(({ isFirstSeen }) => !isFirstSeen).length;
  const windows = Math.floor((toMs - fromMs) / budgetWindowMs) + 1;
  const processes = Math.max(clientProcesses, askersIn(attempts, fromMs - budgetWindowMs, toMs));
  const allowed = budgetShare * firsts + windows * ((processes * budgetFloorPerSecond * budgetWindowMs) / 1000 + 1);
  const amplification = operations === 0 ? 0 : within.length / operations;
  if (repeated > allowed) {
    findings.violation('D3-end-to-end', {
      summary:
        `From the stall to the end of the grace ${operations} operations made ${within.length} calls (${amplification.toFixed(2)} each): ` +
        `${repeated} were repeated, and all budgets together allow ${allowed.toFixed(1)}.`,
      data: { storm: faultId, bounded: false, operations, calls: within.length, repeated, allowed, amplification },
    });
  }
  return amplification;
}

/** D4, beyond what chance adds to a load below the capacity. */
function checkCapacity({ faultId, facts }: Storm, attempts: readonly Attempt[], horizon: Horizon, findings: Findings): number {
  const callsMs = attempts.map(({ atMs }) => atMs);
  const capacity = (facts.capacityPerSecond * horizon.windowMs) / 1000;
  const fromMs = Math.max(horizon.healedMs, facts.stallEndedAt / 1e6 + facts.graceMs);
  let windows = 0;
  let worst = { startMs: 0, calls: 0 };
  for (let startMs = fromMs; startMs + horizon.windowMs <= horizon.endMs; startMs += horizon.stepMs) {
    const calls = countIn(callsMs, startMs, startMs + horizon.windowMs);
    windows += 1;
    if (calls > worst.calls) worst = { startMs, calls };
  }
  if (worst.calls > capacity + beyondChance * Math.sqrt(capacity)) {
    findings.violation('D4-capacity', {
      summary:
        `In the ${(horizon.windowMs / 1000).toFixed(1)} s from ${(worst.startMs / 1000).toFixed(1)} s, after the grace, there were ${worst.calls} calls, ` +
        `more than the ${capacity.toFixed(0)} that the callee can carry out.`,
      data: { storm: faultId, bounded: false, ...worst, windowMs: horizon.windowMs, capacity },
    });
  }
  return windows;
}
