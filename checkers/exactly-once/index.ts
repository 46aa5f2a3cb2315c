/**
 * Exactly once: a step of a saga has its effect once, however often it is asked for.
 *
 * Deliveries are at least once, since an answer can be lost; what makes the effect happen once is that the receiver knows the key again.
 * So it shows only where a key was delivered twice: a run without one says nothing.
 */
import type { CheckResult, RunEvidence } from '../../harness/history/index.ts';
import type { Checker } from '../checker.ts';
import {
  collectFindings,
  copiedKeys,
  type EffectCall,
  effectCalls,
  groupBy,
  invalidResult,
  operationOf,
  orderCalls,
} from '../evidence/index.ts';
import { checkAnswers } from './answers.ts';
import { openBooks } from './books.ts';
import { findDuplicates } from './proofs.ts';
import { checkAcknowledged, checkRecords } from './records.ts';

const question = 'Did each logical effect happen exactly once, however often it was asked for?';

/**
 * Faults that set out to have one effect delivered twice and answered twice. A storm does not: it is about how many calls there are, and cuts them
 * before they are answered. What it does bring about still counts when it is a violation.
 */
const duplicatingNemeses: ReadonlySet<string> = new Set(['lost-response', 'duplicate', 'random-pair']);

export const exactlyOnce: Checker = {
  name: 'exactly-once',
  question,
  applies: ({ nemeses }) => nemeses.some((name) => duplicatingNemeses.has(name.split(':', 1)[0] ?? name)),
  check: checkExactlyOnce,
};

export function checkExactlyOnce(evidence: RunEvidence): CheckResult {
  const { ledger } = evidence;
  const findings = collectFindings();
  const effects = effectCalls(evidence.traffic).toSorted((a, b) => a.record.receivedAt - b.record.receivedAt);
  const callsByKey = groupNamed(effects, ({ record }) => record.idempotencyKey);
  const callsByStep = groupNamed(effects, operationOf);
  const answers = checkAnswers(callsByKey, findings);
  const books = ledger === undefined ? undefined : openBooks(ledger);
  if (ledger !== undefined && books !== undefined) {
    checkRecords(ledger, books, callsByStep, findings);
    checkAcknowledged(ledger, books, orderCalls(evidence.history), copiedKeys(evidence.traffic), findings);
  }
  const duplicates = findDuplicates(callsByKey, books);
  const examined = {
    effectCalls: effects.length,
    steps: callsByStep.size,
    keys: callsByKey.size,
    keysDeliveredTwice: duplicates.keys,
    provenDuplicates: duplicates.proven,
    provenRefunds: duplicates.provenByVerb['refund'] ?? 0,
    provenCaptures: duplicates.provenByVerb['capture'] ?? 0,
    provenReservations: duplicates.provenByVerb['reserve'] ?? 0,
    ...answers,
    paymentRecords: books?.payments.length ?? 0,
    reservations: books?.reservationsByStep.size ?? 0,
  };
  if (findings.total > 0) return invalidResult(question, findings, examined, duplicates.proofs);
  const result = (verdict: CheckResult['verdict'], summary: string): CheckResult => ({
    verdict,
    question,
    summary,
    examined,
    evidence: duplicates.proofs,
  });
  if (ledger === undefined) return result('unknown', 'The final reads failed, so nobody knows what was recorded.');
  if (effects.length === 0) return result('unknown', 'No service asked another for an effect.');
  if (duplicates.keys === 0)
    return result('unknown', `None of ${callsByKey.size} keys was delivered twice, so nothing had to be recognized.`);
  if (duplicates.proven === 0) {
    return result(
      'unknown',
      `${duplicates.keys} keys were delivered twice, but of none are there two complete answers and a record to compare.`,
    );
  }
  return result(
    'valid',
    `${duplicates.keys} keys were delivered twice or more; for ${duplicates.proven} of them two answers were seen, the same, and there is one record. No step left two.`,
  );
}

function groupNamed(
  calls: readonly EffectCall[],
  nameOf: (call: EffectCall) => string | undefined,
): ReadonlyMap<string, readonly EffectCall[]> {
  const named = calls.filter((call) => nameOf(call) !== undefined);
  return groupBy(named, (call) => nameOf(call) ?? '');
}
