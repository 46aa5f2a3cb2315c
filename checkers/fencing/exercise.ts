/**
 * Was the property exercised? A deposed leader proves something about fencing only when its successor was at work *before* a write of its
 * own reached every replica, each of which had stored the higher token and said that it refused because of it.
 */
import type { Evidence } from '../../harness/history/index.ts';
import type { FinalReads } from './final-reads.ts';
import type { LeaderChange } from './leader-change.ts';
import type { FenceLog } from './log-lines.ts';
import type { ReplicaTraffic, StaleArrival } from './replica-traffic.ts';
import { acknowledgedAt, type Round } from './rounds.ts';

export interface Exercise {
  readonly change: LeaderChange;
  /** What is missing, one clause each; empty: the property was exercised in full. */
  readonly missing: readonly string[];
  readonly proofs: readonly Evidence[];
}

export interface ExerciseInput {
  readonly replicas: readonly string[];
  readonly traffic: ReplicaTraffic;
  readonly rounds: readonly Round[];
  readonly quorum: number;
  readonly log: FenceLog;
  /** A refusal counts only with the replica's own line about it. */
  readonly refusalsAreLogged: boolean;
  /** Absent when there were no final reads. */
  readonly finalReads?: FinalReads;
}

export function exerciseOf(change: LeaderChange, input: ExerciseInput): Exercise {
  const { scope, oldLeader, oldToken, newLeader, newToken } = change;
  const lacking = (...missing: readonly string[]): Exercise => ({ change, missing, proofs: [] });
  if (newToken === undefined || newLeader === undefined) return lacking(`nobody took over from ${oldLeader}`);
  if (newToken <= oldToken) return lacking(`the successor's token ${newToken} is not greater than the deposed leader's ${oldToken}`);

  const successorWrite = firstAcknowledged(input, scope, newToken);
  if (successorWrite === undefined) return lacking(`no write of the successor ${newLeader} under token ${newToken} was acknowledged`);

  const stale = input.traffic.staleWrites.filter((arrival) => arrival.scope === scope && arrival.token === oldToken);
  if (stale.length === 0) {
    return lacking(`no write under the deposed leader's token ${oldToken} reached any replica after it had stored a higher one`);
  }

  const missing: string[] = [];
  const proofs: Evidence[] = [];
  const keys = new Set<string>();
  for (const replica of input.replicas) {
    const found = proofFor(replica, stale, successorWrite.at, input);
    if (typeof found === 'string') missing.push(found);
    else {
      proofs.push(found.proof);
      keys.add(found.key);
    }
  }
  if (input.finalReads === undefined) missing.push('there were no final reads in a window of their own');
  if (missing.length > 0) return lacking(...missing);

  return {
    change,
    missing,
    proofs: [
      {
        kind: 'proof',
        summary:
          `${newLeader} took over from ${oldLeader} with token ${newToken} > ${oldToken}, and its write to ${successorWrite.round.key} was acknowledged by ` +
          `${successorWrite.round.acceptedBy.size} replicas before the deposed leader's write arrived.`,
        traffic: [...successorWrite.round.acceptedBy.values()].map(({ id }) => id),
        data: { fault: change.faultId, scope, token: oldToken, higherToken: newToken, acknowledgedAt: successorWrite.at },
      },
      ...proofs,
      {
        kind: 'proof',
        summary: `Final reads of ${[...keys].join(', ')} through every read quorum agree, and show nothing of the deposed leader's write.`,
        data: { fault: change.faultId, keys: [...keys] },
      },
    ],
  };
}

function firstAcknowledged(
  { rounds, quorum }: ExerciseInput,
  scope: string,
  newToken: number,
): { readonly round: Round; readonly at: number } | undefined {
  let first: { round: Round; at: number } | undefined;
  for (const round of rounds) {
    if (round.scope !== scope || round.token === undefined || round.token < newToken) continue;
    const at = acknowledgedAt(round, quorum);
    if (at !== undefined && (first === undefined || at < first.at)) first = { round, at };
  }
  return first;
}

/** The refusal that proves the fence of one replica, or what stands in its way. The nearest miss is the most useful to read. */
function proofFor(
  replica: string,
  stale: readonly StaleArrival[],
  successorWroteAt: number,
  { traffic, log, refusalsAreLogged, finalReads }: ExerciseInput,
): { readonly proof: Evidence; readonly key: string } | string {
  const here = stale.filter((arrival) => arrival.replica === replica);
  if (here.length === 0) return `no stale write reached ${replica} after it had stored a higher token`;
  const late = here.filter(({ record }) => record.forwardedAt !== undefined && record.forwardedAt > successorWroteAt);
  if (late.length === 0) return `the stale write reached ${replica} before a write of the successor was acknowledged`;
  const refusedHere = late.filter(({ record }) => traffic.refusedByFence(record));
  const [nearest] = late;
  if (refusedHere.length === 0) {
    const { status, problem } = nearest?.record ?? {};
    const answer =
      status === undefined ? 'its answer was never seen' : `it answered ${status}${problem === undefined ? '' : ` (${problem})`}`;
    return `the stale write reached ${replica}, but was not refused by its fence: ${answer}`;
  }
  const logged = refusedHere.flatMap((arrival) => {
    const { key } = arrival.record;
    const line = key === undefined ? undefined : log.rejection(arrival.scope, replica, key, arrival.token);
    return key === undefined || (line === undefined && refusalsAreLogged) ? [] : [{ arrival, key, line }];
  });
  const [anyLogged] = logged;
  if (anyLogged === undefined) {
    return refusalsAreLogged
      ? `${replica} refused the stale write, but no fence.rejected line of it says so`
      : `${replica} refused a stale write that names no key`;
  }
  const read = logged.find(({ key }) => finalReads === undefined || finalReads.isFinal(key));
  if (read === undefined) return `${anyLogged.key}, which the stale write aimed at, was not read from every replica at rest`;
  const { arrival, key, line } = read;
  return {
    key,
    proof: {
      kind: 'proof',
      summary:
        `${replica} refused ${arrival.record.from}'s write to ${key} under token ${arrival.token}: ` +
        `it had acknowledged token ${arrival.stored.token} before the write arrived.`,
      traffic: [arrival.stored.witness.id, arrival.record.id],
      ...(line === undefined ? {} : { logLines: [{ node: line.node, line: line.line }] }),
      data: { replica, key, scope: arrival.scope, token: arrival.token, higherToken: arrival.stored.token, from: arrival.record.from },
    },
  };
}
