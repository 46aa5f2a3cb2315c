/**
 * The story of one effect that was delivered more than once: the physical calls beside what stands in the books. It tells what proxies and
 * ledger say; whether it may be so is the exactly-once checker's to judge.
 */
import type { CheckResult, Evidence, Ledger, RunEvidence, TrafficRecord } from '../../../harness/history/index.ts';
import { resolveTraffic } from '../../evidence.ts';

const verbs = ['refund', 'capture', 'reserve', 'release'] as const;
export type Verb = (typeof verbs)[number];

export interface Delivery {
  readonly call: TrafficRecord;
  /** The answer came, and a fault kept it from the caller. */
  readonly answerLost: boolean;
  /** A fault made it, beside the caller's own. */
  readonly isCopy: boolean;
}

export interface BookEntry {
  readonly what: string;
  readonly amount: string;
  readonly idempotencyKey?: string;
  readonly hlc?: string;
}

export interface AskedTwice {
  readonly verb: Verb;
  readonly orderId: string;
  readonly idempotencyKey: string | undefined;
  readonly deliveries: readonly Delivery[];
  readonly entries: readonly BookEntry[];
  /** Were all complete answers the same? `undefined` when fewer than two are known. */
  readonly sameAnswer: boolean | undefined;
  /** The checker says that this broke the promise. */
  readonly accused: boolean;
}

const shownDeliveries = 6;

/** What the checker accuses comes first, then refunds, captures, reservations and releases, one of each. */
export function askedTwice(result: CheckResult | undefined, run: RunEvidence): readonly AskedTwice[] {
  const stories = (result?.evidence ?? []).flatMap((evidence) => storyOf(evidence, run));
  const accused = stories.find((story) => story.accused);
  const ofEachVerb = verbs.flatMap((verb) => stories.find((story) => story.verb === verb && !story.accused) ?? []);
  return accused === undefined ? ofEachVerb : [accused, ...ofEachVerb];
}

function storyOf(evidence: Evidence, run: RunEvidence): readonly AskedTwice[] {
  const { kind, data } = evidence;
  const accused = kind === 'violation' && data?.['clause'] === 'effect-twice';
  const [orderId, step] = [data?.['orderId'], data?.['step']];
  const verb = verbs.find((one) => typeof step === 'string' && step.split('-', 1)[0] === one);
  if (!(accused || kind === 'proof') || typeof orderId !== 'string' || typeof step !== 'string' || verb === undefined) return [];
  const deliveries = resolveTraffic(evidence, run, shownDeliveries).records.filter(({ forwardedAt }) => forwardedAt !== undefined);
  if (deliveries.length < 2 || run.ledger === undefined) return [];
  const answers = new Set(deliveries.flatMap(({ status, responseDigest }) => (status === 200 ? (responseDigest ?? []) : [])));
  const answered = deliveries.filter(({ status, responseDigest }) => status === 200 && responseDigest !== undefined).length;
  return [
    {
      verb,
      orderId,
      accused,
      idempotencyKey: deliveries[0]?.idempotencyKey,
      deliveries: deliveries.map(deliveryOf).sort((a, b) => (a.call.forwardedAt ?? 0) - (b.call.forwardedAt ?? 0)),
      entries: entriesOf(verb, orderId, step.slice(verb.length + 1), run.ledger),
      sameAnswer: answered < 2 ? undefined : answers.size === 1,
    },
  ];
}

function deliveryOf(call: TrafficRecord): Delivery {
  const isCopy = call.faults.includes('copy');
  return { call, isCopy, answerLost: !isCopy && call.outcome === 'dropped' && call.respondedAt !== undefined };
}

function entriesOf(verb: Verb, orderId: string, sku: string, { payments, stock }: Ledger): readonly BookEntry[] {
  if (verb === 'refund' || verb === 'capture') {
    const records = payments.filter((payment) => payment.orderId === orderId).flatMap((payment) => payment.records);
    return records
      .filter(({ kind }) => kind === verb)
      .map(({ kind, amountCents, idempotencyKey, hlc }) => ({ what: kind, amount: centsOf(amountCents), idempotencyKey, hlc }));
  }
  const reservations = stock.filter((one) => one.sku === sku).flatMap((one) => one.reservations);
  return reservations
    .filter((one) => one.orderId === orderId)
    .map(({ quantity, state }) => ({ what: `reservation, ${state}`, amount: `${quantity} of ${sku}` }));
}

const grouped = new Intl.NumberFormat('en-US');

function centsOf(amountCents: number): string {
  return `${grouped.format(amountCents)} cents`;
}
