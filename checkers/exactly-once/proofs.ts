/** The proof of exactly-once: two physical deliveries of one key, one record, and a second answer that equals the first. */
import type { Evidence } from '../../harness/history/index.ts';
import { type EffectCall, isFinalAnswer, stepName, wasDelivered } from '../evidence/index.ts';
import type { Books } from './books.ts';

export interface Duplicates {
  /** Keys that were delivered at least twice with one body. */
  readonly keys: number;
  readonly proofs: readonly Evidence[];
  readonly proven: number;
  /** Of the proven ones, how many were refunds, captures, reservations and releases. */
  readonly provenByVerb: Readonly<Record<string, number>>;
}

const shownProofs = 20;

export function findDuplicates(callsByKey: ReadonlyMap<string, readonly EffectCall[]>, books: Books | undefined): Duplicates {
  let keys = 0;
  const proven: Proof[] = [];
  for (const [key, calls] of callsByKey) {
    const delivered = sameBody(calls.filter(({ record }) => wasDelivered(record)));
    if (delivered.length < 2) continue;
    keys += 1;
    const answered = delivered.filter(({ record }) => isFinalAnswer(record));
    const [first, second] = answered;
    if (first === undefined || second === undefined || books === undefined || recordsOf(key, first, books) !== 1) continue;
    proven.push({ key, first, delivered, answered: answered.length });
  }
  const sorted = proven.toSorted((a, b) => weightOf(b) - weightOf(a));
  // Of each kind at least one.
  const shown = sorted.filter((proof, at) => at < shownProofs || sorted.findIndex((other) => verbOf(other) === verbOf(proof)) === at);
  return { keys, proofs: shown.map(asEvidence), proven: proven.length, provenByVerb: countByVerb(proven) };
}

const verbs = ['refund', 'capture', 'reserve', 'release'] as const;

function countByVerb(proven: readonly Proof[]): Readonly<Record<string, number>> {
  return Object.fromEntries(verbs.map((verb) => [verb, proven.filter((proof) => verbOf(proof) === verb).length]));
}

function verbOf({ first }: Proof): string | undefined {
  return first.step?.split('-', 1)[0];
}

interface Proof {
  readonly key: string;
  readonly first: EffectCall;
  readonly delivered: readonly EffectCall[];
  readonly answered: number;
}

/** Deliveries with the body that came first; a mutated resend is another request. */
function sameBody(calls: readonly EffectCall[]): readonly EffectCall[] {
  const body = calls.find(({ record }) => isFinalAnswer(record))?.record.requestDigest;
  return calls.filter(({ record }) => record.requestDigest === body);
}

function recordsOf(key: string, { orderId, step }: EffectCall, books: Books): number {
  if (orderId === undefined || step === undefined) return 0;
  // A release leaves its mark on the reservation that it ends.
  const reservations = books.reservationsByStep.get(stepName(orderId, step.replace(/^release-/, 'reserve-')));
  return (reservations ?? books.paymentsByKey.get(key) ?? []).length;
}

/** What a person wants to see first: a refund whose answer a fault took away. */
function weightOf({ first, delivered }: Proof): number {
  const tampered = delivered.some(({ record }) => record.faults.length > 0);
  return (tampered ? 4 : 0) + (first.step === 'refund' ? 2 : first.step === 'capture' ? 1 : 0);
}

function asEvidence({ key, first, delivered, answered }: Proof): Evidence {
  const { orderId, step, record } = first;
  const faults = [...new Set(delivered.flatMap((call) => call.record.faults))];
  return {
    kind: 'proof',
    summary:
      `The ${step ?? 'step'} of order ${orderId ?? '?'} was delivered ${delivered.length} times under one key` +
      `${faults.length === 0 ? '' : ` (${faults.join(', ')})`}, left one record, and its ${answered} answers are the same.`,
    traffic: delivered.map((call) => call.record.id),
    data: {
      orderId,
      step,
      idempotencyKey: key,
      deliveries: delivered.length,
      answers: answered,
      records: 1,
      responseDigest: record.responseDigest,
      faults,
    },
  };
}
