/**
 * A golden retry storm on the edge from order to payment: fifty captures a second, a stall of two seconds in which nothing is answered, retries
 * within their budget, and all is well again at once.
 */
import type { FaultRecord, RetryStormFacts, RunEvidence, TrafficRecord } from '../../harness/history/index.ts';
import { effectsOf, unanswered } from './effects.ts';
import { evidenceOf, historyOf } from './evidence.ts';

export const second = 1e9;
const millisecond = 1e6;
export const stallFrom = 14 * second;
export const stallTo = 16 * second;
const loadFrom = 2 * second;
const cleanFrom = 4 * second;
export const loadTo = 70 * second;

export const stormFacts: RetryStormFacts = {
  edge: { fromRole: 'order', toRole: 'payment' },
  attemptsMax: 3,
  budgetShare: 0.2,
  budgetFloorPerSecond: 1,
  budgetWindowMs: 10_000,
  clientProcesses: 1,
  capacityPerSecond: 100,
  offeredPerSecond: 50,
  stallStartedAt: stallFrom,
  stallEndedAt: stallTo,
  timeoutMs: 500,
  longestBackoffMs: 1000,
  graceMs: 2000,
  onTimeMs: 1500,
};

export function stormFault(facts: Partial<RetryStormFacts> = {}, parts: Partial<FaultRecord> = {}): FaultRecord {
  const all: RetryStormFacts = { ...stormFacts, ...facts };
  return {
    id: 'retry-storm-1',
    nemesis: 'retry-storm',
    targets: ['payment-1'],
    startedAt: all.stallStartedAt,
    healedAt: all.stallEndedAt,
    proofs: [],
    facts: { ...all },
    ...parts,
  };
}

export interface StormPlan {
  /** Is a call that comes at this time answered? */
  readonly answers?: (at: number) => boolean;
  /** What the client does after an attempt without answer: the wait before the next, nanoseconds, or `undefined` to give up. */
  readonly retry?: (attempt: number, operation: number, failedAt: number) => number | undefined;
  /** Fields of an attempt as it is recorded. */
  readonly record?: (attempt: number, operation: number) => Partial<TrafficRecord>;
  /** Is there a first attempt at all? Not where a breaker keeps it back. */
  readonly sends?: (at: number) => boolean;
}

const intervalNs = second / 50;
const timeoutNs = 500 * millisecond;
const answerNs = 20 * millisecond;

/** Every fifth of the failed operations is tried once again, after waits that differ: within a share of 0.2. */
export const budgeted = (attempt: number, operation: number): number | undefined =>
  attempt === 1 && operation % 5 === 0 ? (37 + ((operation * 7919) % 400)) * millisecond : undefined;

export function stormTraffic({
  answers = outsideStall,
  retry = budgeted,
  record = () => ({}),
  sends = () => true,
}: StormPlan = {}): readonly TrafficRecord[] {
  const sketches: Parameters<typeof effectsOf>[0][number][] = [];
  for (let operation = 0; loadFrom + operation * intervalNs < loadTo; operation += 1) {
    let at = loadFrom + operation * intervalNs;
    if (!sends(at)) continue;
    for (let attempt = 1; ; attempt += 1) {
      const call = { orderId: `o${operation}`, step: 'capture', at, attempt };
      if (answers(at)) {
        sketches.push({ ...call, respondedAt: at + answerNs, endedAt: at + answerNs, ...record(attempt, operation) });
        break;
      }
      sketches.push({ ...call, ...unanswered, endedAt: at + timeoutNs, outcome: 'caller-closed', ...record(attempt, operation) });
      const wait = retry(attempt, operation, at + timeoutNs);
      if (wait === undefined) break;
      at += timeoutNs + wait;
      if (at >= loadTo) break;
    }
  }
  return effectsOf(sketches);
}

export function outsideStall(at: number): boolean {
  return at < stallFrom || at >= stallTo;
}

export function stormRun(plan: StormPlan = {}, parts: Partial<RunEvidence> = {}): RunEvidence {
  const calls = Array.from({ length: Math.floor((loadTo - loadFrom) / intervalNs) }, (_, at) => ({
    f: 'place-order',
    from: loadFrom + at * intervalNs,
    to: loadFrom + at * intervalNs + answerNs,
    outcome: 'ok' as const,
  }));
  return evidenceOf({
    history: historyOf(calls),
    traffic: stormTraffic(plan),
    faults: [stormFault()],
    nemeses: ['retry-storm'],
    windows: [
      { name: 'warm-up', from: loadFrom, to: cleanFrom },
      { name: 'clean-before', from: cleanFrom, to: stallFrom },
      { name: 'faults', from: stallFrom, to: stallTo },
      { name: 'clean-after', from: stallTo, to: loadTo },
      { name: 'quiesce', from: loadTo, to: loadTo + 30 * second },
    ],
    ...parts,
  });
}
