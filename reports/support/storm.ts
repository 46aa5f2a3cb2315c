/** A retry storm with its control, for tests of what is drawn of it: 25 captures a second, a stall of eight seconds, retries after it. */
import type { CheckResult, FaultRecord, RunEvidence, TrafficRecord } from '../../harness/history/index.ts';
import type { ReportInput } from '../types.ts';
import { second } from './load.ts';
import { smallInput, smallResult } from './small.ts';

export const stallFrom = 14 * second;
export const stallTo = 22 * second;
const loadTo = 75 * second;
const perSecond = 25;
const controlDelay = 100 * second;

export const stormFacts = {
  edge: { fromRole: 'order', toRole: 'payment' },
  attemptsMax: 3,
  budgetShare: 0.2,
  budgetFloorPerSecond: 5,
  budgetWindowMs: 10_000,
  clientProcesses: 1,
  capacityPerSecond: 55,
  offeredPerSecond: perSecond,
  stallStartedAt: stallFrom,
  stallEndedAt: stallTo,
  timeoutMs: 1000,
  longestBackoffMs: 1000,
  graceMs: 10_000,
  onTimeMs: 3000,
};

/** One call; `retriesOf` says how often an operation of the stall is asked for again, a second apart. */
function stormTraffic(retriesOf: (operation: number) => number, shiftNs: number): readonly TrafficRecord[] {
  const calls: Omit<TrafficRecord, 'id'>[] = [];
  for (let operation = 0; (operation / perSecond) * second < loadTo; operation += 1) {
    const firstAt = (operation / perSecond) * second;
    const isStalled = (at: number): boolean => at >= stallFrom && at < stallTo;
    const attempts = isStalled(firstAt) ? 1 + retriesOf(operation) : 1;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const at = firstAt + (attempt - 1) * second;
      const answer = isStalled(at) ? {} : { status: 200, respondedAt: at + shiftNs + 0.05 * second };
      calls.push({
        edge: 'order-1->payment-1',
        from: 'order-1',
        to: 'payment-1',
        method: 'POST',
        path: `/payments/o${operation}/capture`,
        kind: 'effect',
        attempt,
        ...answer,
        requestBytes: 100,
        responseBytes: 100,
        receivedAt: at + shiftNs,
        endedAt: at + shiftNs + 0.05 * second,
        outcome: isStalled(at) ? 'dropped' : 'completed',
        faults: isStalled(at) ? ['stalled'] : [],
      });
    }
  }
  return calls.map((call, id) => ({ id, ...call }));
}

function stormFault(shiftNs: number): FaultRecord {
  return {
    id: 'retry-storm-1',
    nemesis: 'retry-storm',
    targets: ['order-1->payment-1'],
    startedAt: stallFrom + shiftNs,
    healedAt: stallTo + shiftNs,
    proofs: [{ claim: 'goodput fell below what it was', holds: true }],
    facts: { ...stormFacts, stallStartedAt: stallFrom + shiftNs, stallEndedAt: stallTo + shiftNs },
  };
}

const judged: CheckResult = smallResult({
  evidence: [
    {
      kind: 'proof',
      summary: 'retry-storm-1: bounded: yes; recovered: yes.',
      data: {
        storm: 'retry-storm-1',
        bounded: 'valid',
        recovered: 'valid',
        amplification: 1.21,
        stormRetries: 98,
        mostAttempts: 3,
        recoveryMs: 2400,
        longestRecoveryMs: 21_500,
        baselinePerSecond: perSecond,
        control: { amplification: 3.4, recovered: false },
      },
    },
  ],
});

/** With `control`, the same storm with seven retries of each operation stands beside it, a hundred seconds later. */
export function stormInput({ control }: { readonly control: boolean }): ReportInput {
  const input = smallInput({ 'bounded-retries': judged });
  const evidence: RunEvidence = {
    ...input.evidence,
    windows: [
      { name: 'clean-before', from: 2 * second, to: 12 * second },
      { name: 'faults', from: 12 * second, to: stallTo },
      { name: 'clean-after', from: stallTo, to: loadTo },
    ],
    faults: [stormFault(0)],
    traffic: stormTraffic((operation) => (operation % 2 === 0 ? 1 : 0), 0),
    nemeses: ['retry-storm'],
    ...(control
      ? { control: { bug: 'unbounded-retries', faults: [stormFault(controlDelay)], traffic: stormTraffic(() => 7, controlDelay) } }
      : {}),
  };
  return { ...input, evidence };
}
