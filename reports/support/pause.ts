/** The footprints of leaders that were paused, deposed, resumed, and whose held write then reached every replica. For fixtures. */
import type { FaultRecord, LogRecord, ReplicaCell, TrafficRecord } from '../../harness/history/index.ts';
import { millisecond, second } from './load.ts';

export const replicas = ['replica-1', 'replica-2', 'replica-3'] as const;
const orderNodes = ['order-1', 'order-2', 'order-3'] as const;
const scope = 'lease/orders';

export interface PauseOptions {
  /** A replica that doesn't check tokens, so that the deposed leader's write is accepted there. */
  readonly unfencedReplica?: string;
}

export interface PauseFootprint {
  readonly fault: FaultRecord;
  readonly logs: readonly LogRecord[];
  readonly cells: readonly ReplicaCell[];
  readonly traffic: readonly Omit<TrafficRecord, 'id'>[];
}

export function pausedLeader(ordinal: number, startedAt: number, startWallMs: number, options: PauseOptions): PauseFootprint {
  const oldLeader = orderNodes[(ordinal - 1) % 3] ?? 'order-1';
  const newLeader = orderNodes[ordinal % 3] ?? 'order-2';
  const oldToken = 6 + ordinal;
  const newToken = oldToken + 1;
  const key = `order/o-${1200 + 37 * ordinal}`;
  const pausedAt = startedAt + 40 * millisecond;
  const successorAt = pausedAt + 3.21 * second;
  const resumedAt = successorAt + 1.9 * second;
  const releasedAt = resumedAt + 0.35 * second;
  const healedAt = releasedAt + 0.6 * second;
  const refusing = replicas.filter((replica) => replica !== options.unfencedReplica);
  const arrival = (index: number): number => releasedAt + (3 + 2 * index) * millisecond;
  return {
    fault: {
      id: `pause-leader-${ordinal}`,
      nemesis: 'pause-leader',
      targets: [oldLeader],
      startedAt,
      healedAt,
      proofs: [
        { claim: `${oldLeader} was stopped while it led`, holds: true, detail: 'process state T' },
        { claim: 'a higher token came into force while it was paused', holds: true, detail: `${newLeader} took token ${newToken}` },
        { claim: 'its held write reached every replica', holds: true, detail: replicas.join(', ') },
      ],
      facts: { scope, oldLeader, oldToken, newLeader, newToken, pausedAt, successorAt, resumedAt, releasedAt, heldKeys: [key] },
    },
    logs: refusing.map((replica, index) => {
      const wallMs = startWallMs + Math.round(arrival(index) / millisecond);
      const fields = { replica, scope, key, token: oldToken, highest: newToken, from: oldLeader };
      return {
        node: replica,
        event: 'fence.rejected',
        wallMs,
        fields,
        line: JSON.stringify({ level: 'warn', time: wallMs, event: 'fence.rejected', ...fields }),
      };
    }),
    cells: replicas.map((replica) => ({
      replica,
      key,
      version: replica === options.unfencedReplica ? [oldToken, 912, oldLeader] : [newToken, 3, newLeader],
      value: {
        status: replica === options.unfencedReplica ? 'RESERVED' : 'CONFIRMED',
        amountCents: 4096,
        epoch: replica === options.unfencedReplica ? 1 : 2,
      },
    })),
    traffic: replicas.map((replica, index) => ({
      edge: `${oldLeader}->${replica}`,
      from: oldLeader,
      to: replica,
      method: 'POST',
      path: `/registers/${encodeURIComponent(key)}/accept`,
      kind: 'replica-write',
      key,
      fenceScope: scope,
      fencingToken: oldToken,
      attempt: 1,
      status: replica === options.unfencedReplica ? 200 : 412,
      ...(replica === options.unfencedReplica ? {} : { problem: 'fenced' }),
      requestBytes: 412,
      responseBytes: 160,
      receivedAt: pausedAt - 4 * millisecond,
      forwardedAt: arrival(index),
      respondedAt: arrival(index) + 2 * millisecond,
      endedAt: arrival(index) + 2 * millisecond,
      outcome: 'completed',
      faults: ['held'],
    })),
  };
}
