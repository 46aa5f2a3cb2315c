/**
 * A golden leader change on three replicas: order-1 leads under token 5 and writes `order/a`; it is paused with a write in flight; order-2
 * takes over under token 6, fences every replica and writes `order/a` itself; only then does the held write arrive, and everyone refuses.
 */
import type { FaultRecord, LogRecord, ReplicaCell, RunEvidence } from '../../harness/history/index.ts';
import { type CallSketch, evidenceOf, ledgerOf, logOf, trafficOf } from './evidence.ts';

export const replicas = ['replica-1', 'replica-2', 'replica-3'] as const;
export const key = 'order/a';

/** When the successor's fence, its write, and the held write take place. */
export const times = { fenced: 1100, successorWrote: 1250, staleArrives: 2000 } as const;

export interface Scenario {
  readonly calls: readonly CallSketch[];
  readonly logs: readonly LogRecord[];
  readonly faults: readonly FaultRecord[];
  readonly cells: readonly ReplicaCell[];
  readonly nemeses: readonly string[];
}

export function toEveryReplica(sketch: Omit<CallSketch, 'to'>): readonly CallSketch[] {
  return replicas.map((to) => ({ ...sketch, to }));
}

export function isStale(call: CallSketch): boolean {
  return call.kind === 'replica-write' && call.digest === 'stale';
}

export const golden: Scenario = {
  nemeses: ['pause-leader'],
  calls: [
    ...toEveryReplica({ kind: 'replica-fence', from: 'order-1', token: 5, at: 10, answeredAt: 20, status: 200 }),
    ...toEveryReplica({ kind: 'replica-write', from: 'order-1', token: 5, key, digest: 'first', at: 100, answeredAt: 110, status: 200 }),
    ...toEveryReplica({ kind: 'replica-fence', from: 'order-2', token: 6, at: 1090, answeredAt: times.fenced, status: 200 }),
    ...toEveryReplica({ kind: 'replica-prepare', from: 'order-2', token: 6, key, at: 1150, answeredAt: 1160, status: 200 }),
    ...toEveryReplica({
      kind: 'replica-write',
      from: 'order-2',
      token: 6,
      key,
      digest: 'second',
      at: 1200,
      answeredAt: times.successorWrote,
      status: 200,
    }),
    ...toEveryReplica({
      kind: 'replica-write',
      from: 'order-1',
      token: 5,
      key,
      digest: 'stale',
      receivedAt: 290,
      at: times.staleArrives,
      answeredAt: 2010,
      status: 412,
      problem: 'fenced',
      outcome: 'caller-closed',
    }),
  ],
  logs: [
    logOf('order-1', 'leader.elected', { scope: 'orders', token: 5, holder: 'order-1' }, 1),
    logOf('order-2', 'leader.elected', { scope: 'orders', token: 6, holder: 'order-2' }, 2),
    ...replicas.map((replica) => logOf(replica, 'fence.raised', { replica, scope: 'orders', from: 0, to: 5 })),
    ...replicas.map((replica) => logOf(replica, 'fence.raised', { replica, scope: 'orders', from: 5, to: 6 })),
    ...replicas.map((replica) =>
      logOf(replica, 'fence.rejected', { replica, scope: 'orders', key, token: 5, highest: 6, from: 'order-1' }),
    ),
  ],
  faults: [
    {
      id: 'pause-leader-1',
      nemesis: 'pause-leader',
      targets: ['order-1'],
      startedAt: 280,
      healedAt: 2500,
      proofs: [{ claim: 'order-1 was stopped', holds: true }],
      facts: {
        scope: 'orders',
        oldLeader: 'order-1',
        oldToken: 5,
        newLeader: 'order-2',
        newToken: 6,
        pausedAt: 300,
        successorAt: 1260,
        resumedAt: 1900,
        releasedAt: 1990,
        held: [],
      },
    },
  ],
  cells: replicas.map((replica) => ({ replica, key, version: [6, 1, 'order-2'], value: 'second' })),
};

/** Maps the calls that match; the others stay. */
export function changeCalls(
  calls: readonly CallSketch[],
  matches: (call: CallSketch) => boolean,
  change: (call: CallSketch) => CallSketch,
): readonly CallSketch[] {
  return calls.map((call) => (matches(call) ? change(call) : call));
}

export function cell(replica: string, version: ReplicaCell['version'], value: unknown): ReplicaCell {
  return { replica, key, version, value };
}

export function evidenceFrom(parts: Partial<Scenario> = {}, withLedger = true): RunEvidence {
  const scenario = { ...golden, ...parts };
  return evidenceOf({
    traffic: trafficOf(scenario.calls),
    logs: scenario.logs,
    faults: scenario.faults,
    nemeses: scenario.nemeses,
    ...(withLedger ? { ledger: ledgerOf({ cells: scenario.cells }) } : {}),
  });
}
