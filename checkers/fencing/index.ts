/**
 * Fencing: a leader that was paused, replaced and woken again must not write over its successor.
 *
 * Linearizability alone can miss it: the late write is an operation that never completed, and may legally linearize late. So this looks
 * at the physical writes themselves, as the edge proxies and the replicas' own logs witnessed them. Kleppmann, "How to do distributed
 * locking" (2016), describes the failure; the storage, not the lock, has to refuse.
 */
import { type CheckResult, type Evidence, type RunEvidence, referenceRefusal } from '../../harness/history/index.ts';
import type { Checker } from '../checker.ts';
import { collectFindings, invalidResult } from '../evidence/index.ts';
import { checkAcceptedWrites, checkForgottenTokens, describe, sentence } from './acceptance.ts';
import { type Exercise, exerciseOf } from './exercise.ts';
import { checkFinalReads } from './final-reads.ts';
import { deposesLeaders, leaderChangeOf } from './leader-change.ts';
import { readFenceLog } from './log-lines.ts';
import { checkOverlap } from './overlap.ts';
import { accepted, type ReplicaTraffic, readReplicaTraffic } from './replica-traffic.ts';
import { gatherRounds, writeQuorum } from './rounds.ts';
import { checkTokens } from './tokens.ts';

const question = "Was every write of a deposed leader refused, and is its successor's state intact?";

export const fencing: Checker = {
  name: 'fencing',
  question,
  applies: deposesLeaders,
  check: checkFencing,
};

export function checkFencing(evidence: RunEvidence): CheckResult {
  const { ledger, replicas } = evidence;
  const findings = collectFindings();
  const quorum = writeQuorum(evidence);
  const log = readFenceLog(evidence.logs);
  const traffic = readReplicaTraffic(evidence.traffic, evidence.fenceRefusal);
  const rounds = gatherRounds(traffic.writes);
  const changes = evidence.faults.flatMap((fault) => leaderChangeOf(fault) ?? []);

  checkTokens(log.elections, changes, findings);
  const claims = checkOverlap(evidence.signals, evidence.faults, findings);
  checkAcceptedWrites(traffic, quorum, findings);
  checkForgottenTokens(log.raises, traffic, findings);
  const beganAt = evidence.windows.find(({ name }) => name === 'final-reads')?.from;
  const finalReads =
    ledger === undefined || beganAt === undefined
      ? undefined
      : checkFinalReads({ ledger, beganAt, replicas, traffic, rounds, quorum }, findings);

  const examined = {
    elections: log.elections.length,
    claimsToLead: claims,
    leaderChanges: changes.length,
    fencedWrites: traffic.fencedWrites.length,
    staleArrivals: traffic.staleWrites.length,
    staleArrivalsRefusedByFence: traffic.staleWrites.filter(({ record }) => traffic.refusedByFence(record)).length,
    staleArrivalsRefusedOtherwise: traffic.staleWrites.filter(({ record }) => !traffic.refusedByFence(record) && !accepted(record)).length,
    rejectionLogLines: log.rejectionCount,
    finalReadKeys: finalReads?.keys ?? 0,
    finalReadSubsets: finalReads?.subsets ?? 0,
  };
  const context = contextOf(traffic, finalReads?.openKeys ?? []);
  if (findings.total > 0) return invalidResult(question, findings, examined, context);

  const refusalsAreLogged = (evidence.fenceRefusal ?? referenceRefusal).logged;
  const exercises = changes.map((change) =>
    exerciseOf(change, { replicas, traffic, rounds, quorum, log, refusalsAreLogged, ...(finalReads === undefined ? {} : { finalReads }) }),
  );
  const proven = exercises.filter((exercise) => exercise.missing.length === 0);
  const result = (verdict: CheckResult['verdict'], summary: string, proofs: readonly Evidence[]): CheckResult => ({
    verdict,
    question,
    summary,
    examined,
    evidence: [...proofs, ...context],
  });
  if (replicas.length === 0) return result('unknown', 'The evidence names no replicas, so nothing can be said about them.', []);
  if (proven.length === 0) return result('unknown', unprovenSummary(evidence, exercises), []);
  const refusals = examined.staleArrivalsRefusedByFence;
  return result(
    'valid',
    `In ${proven.length} of ${changes.length} leader changes the deposed leader's write reached all ${replicas.length} replicas and each refused it ` +
      `(${refusals} refusals in all); final reads through every quorum are intact.`,
    proven.flatMap(({ proofs }) => proofs),
  );
}

function unprovenSummary(evidence: RunEvidence, exercises: readonly Exercise[]): string {
  if (exercises.length === 0) {
    return evidence.faults.some(({ nemesis }) => nemesis === 'pause-leader')
      ? 'A leader was paused, but the fault recorded no token for it: nothing can be compared.'
      : 'No leader was deposed, so no stale write was ever attempted.';
  }
  const nearest = exercises.reduce((best, next) => (next.missing.length < best.missing.length ? next : best));
  return `Not proven by any of ${exercises.length} leader changes; ${nearest.change.faultId}: ${nearest.missing.join('; ')}.`;
}

/** What is no violation and no proof, but a reader would ask about. */
function contextOf(traffic: ReplicaTraffic, openKeys: readonly string[]): readonly Evidence[] {
  const shown = 10;
  const otherwise = traffic.staleWrites.filter(({ record }) => !traffic.refusedByFence(record) && !accepted(record)).slice(0, shown);
  return [
    ...otherwise.map(
      (arrival): Evidence => ({
        ...describe(arrival),
        kind: 'context',
        summary: `${sentence(arrival)} and ${arrival.record.status === undefined ? 'its answer was never seen' : `answered ${arrival.record.status}`}: neither accepted nor refused by the fence.`,
      }),
    ),
    ...traffic.stalePromises.slice(0, shown).map(
      (arrival): Evidence => ({
        ...describe(arrival),
        kind: 'context',
        summary: `${arrival.replica} promised ${arrival.record.from} under token ${arrival.token}, after it had acknowledged token ${arrival.stored.token}; a promise writes nothing.`,
      }),
    ),
    ...(openKeys.length === 0
      ? []
      : [
          {
            kind: 'context' as const,
            summary: `Replicas differ on ${openKeys.slice(0, shown).join(', ')} by a write that was never acknowledged or made while they were read: it may legally be seen or not.`,
            data: { keys: openKeys },
          },
        ]),
  ];
}
