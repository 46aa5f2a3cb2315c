/**
 * Physical writes gathered into the logical ones they belong to: one *round* is one request, byte for byte the same, sent by one node to
 * several replicas. A round that W replicas accepted is acknowledged; one that fewer may have accepted is open, and may legally be seen
 * or not.
 */
import type { RunEvidence, TrafficRecord } from '../../harness/history/index.ts';
import { accepted, refused } from './replica-traffic.ts';

export interface Round {
  readonly scope: string;
  readonly from: string;
  /** Absent for a write without a fence. */
  readonly token?: number;
  readonly key: string;
  readonly digest: string;
  /** The first delivery that each replica accepted. */
  readonly acceptedBy: ReadonlyMap<string, TrafficRecord>;
  /** Replicas that may hold it: they accepted it, or their answer was never seen. */
  readonly possiblyHeldBy: ReadonlySet<string>;
}

/**
 * The least number of replicas that meets every read quorum. The pipeline may have asked for more, but what so many hold can't be missed
 * by any read. Without a ledger there is no read quorum to ask about, and a majority is the least that can be meant.
 */
export function writeQuorum(evidence: RunEvidence): number {
  const replicas = evidence.replicas.length;
  if (replicas === 0) return Number.POSITIVE_INFINITY;
  return evidence.ledger === undefined ? Math.floor(replicas / 2) + 1 : replicas - evidence.ledger.readQuorum + 1;
}

/** Writes without a key or a digest are left out: nothing says which of them belong together. */
export function gatherRounds(writes: readonly TrafficRecord[]): readonly Round[] {
  const rounds = new Map<string, Round & { readonly acceptedBy: Map<string, TrafficRecord>; readonly possiblyHeldBy: Set<string> }>();
  for (const record of writes) {
    const { key, requestDigest: digest, fencingToken: token, from, to } = record;
    if (key === undefined || digest === undefined || refused(record)) continue;
    const scope = record.fenceScope ?? '';
    const id = JSON.stringify([scope, from, token, key, digest]);
    let round = rounds.get(id);
    if (round === undefined) {
      round = { scope, from, key, digest, acceptedBy: new Map(), possiblyHeldBy: new Set(), ...(token === undefined ? {} : { token }) };
      rounds.set(id, round);
    }
    round.possiblyHeldBy.add(to);
    if (!accepted(record)) continue;
    const earlier = round.acceptedBy.get(to);
    if (earlier === undefined || respondedAt(record) < respondedAt(earlier)) round.acceptedBy.set(to, record);
  }
  return [...rounds.values()];
}

function respondedAt(record: TrafficRecord): number {
  return record.respondedAt ?? Number.POSITIVE_INFINITY;
}

/** When the answer that made up the quorum reached the proxy; `undefined` when so many never answered. */
export function acknowledgedAt(round: Round, quorum: number): number | undefined {
  const times = [...round.acceptedBy.values()].map(respondedAt).sort((a, b) => a - b);
  const time = times[quorum - 1];
  return time !== undefined && Number.isFinite(time) ? time : undefined;
}
