/**
 * Clauses about what replicas accepted:
 * - no replica accepts a physical write under a token lower than one it had acknowledged, restarts included;
 * - no replica forgets a token it had acknowledged;
 * - no write of a deposed leader is acknowledged by a quorum that had already been fenced.
 */
import type { Findings } from '../evidence/index.ts';
import type { FenceRaise } from './log-lines.ts';
import { accepted, type ReplicaTraffic, type StaleArrival } from './replica-traffic.ts';

export function checkAcceptedWrites(traffic: ReplicaTraffic, quorum: number, findings: Findings): void {
  const acceptedStale = traffic.staleWrites.filter((arrival) => accepted(arrival.record));
  for (const arrival of acceptedStale) {
    findings.violation('stale-write-accepted', { ...describe(arrival), summary: `${sentence(arrival)} and accepted it.` });
  }
  for (const [sameWrite, replicas] of byLogicalWrite(acceptedStale)) {
    if (replicas.size < quorum) continue;
    const arrivals = [...replicas.values()];
    findings.violation('stale-write-acknowledged', {
      summary:
        `A write of ${sameWrite.record.from} to ${sameWrite.record.key ?? 'an unnamed key'} under token ${sameWrite.token} was acknowledged by ` +
        `${[...replicas.keys()].join(', ')}, a quorum, though each had already acknowledged a higher token ` +
        `(${arrivals.map(({ replica, stored }) => `${replica}: ${stored.token}`).join(', ')}).`,
      traffic: arrivals.flatMap(({ record, stored }) => [stored.witness.id, record.id]),
      data: {
        scope: sameWrite.scope,
        key: sameWrite.record.key,
        token: sameWrite.token,
        higherTokens: Object.fromEntries(arrivals.map(({ replica, stored }) => [replica, stored.token])),
        from: sameWrite.record.from,
        quorum,
      },
    });
  }
}

export function sentence({ record, replica, scope, token, stored }: StaleArrival): string {
  return (
    `${replica} was handed a write to ${record.key ?? 'an unnamed key'} from ${record.from} under token ${token} of scope ${scope}, ` +
    `after it had acknowledged token ${stored.token},`
  );
}

/** Names the replica, the key and both tokens, and points at the two calls. */
export function describe({ record, replica, scope, token, stored }: StaleArrival) {
  return {
    traffic: [stored.witness.id, record.id],
    data: {
      replica,
      key: record.key,
      scope,
      token,
      higherToken: stored.token,
      from: record.from,
      storedAt: stored.witness.respondedAt,
      arrivedAt: record.forwardedAt,
    },
  };
}

/** Writes with no digest are left out: two rounds must never be taken for one. */
function byLogicalWrite(arrivals: readonly StaleArrival[]): Iterable<readonly [StaleArrival, ReadonlyMap<string, StaleArrival>]> {
  const groups = new Map<string, readonly [StaleArrival, Map<string, StaleArrival>]>();
  for (const arrival of arrivals) {
    const { from, key, requestDigest } = arrival.record;
    if (requestDigest === undefined) continue;
    const id = JSON.stringify([arrival.scope, from, arrival.token, key, requestDigest]);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [arrival, new Map([[arrival.replica, arrival]])]);
    else if (!group[1].has(arrival.replica)) group[1].set(arrival.replica, arrival);
  }
  return groups.values();
}

/**
 * A replica that raises its token from F to T held no more than F at that moment, and the moment is after the first call under T came
 * for it. Had it acknowledged anything above F before that call, it has forgotten it, typically in a restart. The order of log lines and
 * the nodes' clocks play no part, and a token that was raised but lost *before* it was acknowledged is rightly no violation.
 */
export function checkForgottenTokens(raises: readonly FenceRaise[], traffic: ReplicaTraffic, findings: Findings): void {
  for (const { replica, scope, from, to, record } of raises) {
    const firstReceivedAt = traffic.firstReceivedAt(scope, replica, to);
    if (firstReceivedAt === undefined) continue;
    const stored = traffic.storedBefore(scope, replica, firstReceivedAt);
    if (stored === undefined || stored.token <= from) continue;
    findings.violation('token-forgotten', {
      summary: `${replica} raised its token of scope ${scope} from ${from} to ${to}, though it had acknowledged token ${stored.token} before: it forgot it.`,
      traffic: [stored.witness.id],
      logLines: [{ node: record.node, line: record.line }],
      data: { replica, scope, raisedFrom: from, raisedTo: to, higherToken: stored.token },
    });
  }
}
