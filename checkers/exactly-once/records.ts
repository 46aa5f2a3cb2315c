/**
 * Clauses about the ledger, by order and step:
 * - whatever was heard of a step, it left at most one record, and a key at most one;
 * - a record has a call that can have made it: one that was delivered and not definitely refused;
 * - an order that was confirmed was captured once, one that was captured and then cancelled was refunded once;
 * - a placement that failed left no money behind.
 */
import type { Ledger, LedgerOrder, TrafficRecord } from '../../harness/history/index.ts';
import { type EffectCall, type Findings, groupBy, mayHaveRun, type OrderCall, operationIndexes, stepName } from '../evidence/index.ts';
import type { BookedPayment, Books } from './books.ts';

export type CallsByStep = ReadonlyMap<string, readonly EffectCall[]>;

export function checkRecords(ledger: Ledger, books: Books, callsByStep: CallsByStep, findings: Findings): void {
  for (const payments of books.paymentsByStep.values()) checkOneRecord(payments, callsByStep, findings);
  for (const [key, payments] of books.paymentsByKey) checkOneUseOfKey(key, payments, findings);
  checkReservations(ledger, books, callsByStep, findings);
  checkCauses(books, callsByStep, findings);
}

/** An order that names a SKU on two lines may have a reservation for each. */
function checkReservations(ledger: Ledger, books: Books, callsByStep: CallsByStep, findings: Findings): void {
  const orders = new Map(ledger.orders.map((order) => [order.orderId, order]));
  for (const [step, reservations] of books.reservationsByStep) {
    const [first] = reservations;
    if (first === undefined || reservations.length === 1) continue;
    const { orderId, sku } = first;
    const lines = orders.get(orderId)?.items.filter((item) => item.sku === sku).length ?? 1;
    if (reservations.length <= lines) continue;
    findings.violation('effect-twice', {
      summary: `${sku} was reserved ${reservations.length} times for order ${orderId}.`,
      traffic: idsOf(callsByStep.get(step) ?? []),
      data: { orderId, sku, reservations },
    });
  }
}

function checkOneRecord(payments: readonly BookedPayment[], callsByStep: CallsByStep, findings: Findings): void {
  const [first] = payments;
  if (first === undefined || payments.length === 1) return;
  const { orderId, kind } = first;
  findings.violation('effect-twice', {
    summary: `The ${kind} of order ${orderId} happened ${payments.length} times: ${payments.map(({ amountCents, idempotencyKey }) => `${amountCents} cents under key ${idempotencyKey}`).join(', ')}.`,
    traffic: idsOf(callsByStep.get(stepName(orderId, kind)) ?? []),
    data: { orderId, step: kind, records: payments },
  });
}

function checkOneUseOfKey(key: string, payments: readonly BookedPayment[], findings: Findings): void {
  const steps = new Set(payments.map(({ orderId, kind }) => stepName(orderId, kind)));
  // Twice in one step is that step's violation.
  if (steps.size <= 1) return;
  findings.violation('key-shared', {
    summary: `Key ${key} stands on the records of ${steps.size} different steps: ${[...steps].join(', ')}.`,
    data: { idempotencyKey: key, records: payments },
  });
}

/** Says nothing of a service whose calls the traffic doesn't show at all: then it has another way in than those that were watched. */
function checkCauses(books: Books, callsByStep: CallsByStep, findings: Findings): void {
  const watched = new Set([...callsByStep.values()].flatMap((calls) => calls.flatMap(({ step }) => step ?? [])));
  const paymentsAreWatched = watched.has('capture') || watched.has('refund');
  const reservationsAreWatched = [...watched].some((step) => step.startsWith('reserve-'));
  const check = (step: string, what: string, data: Readonly<Record<string, unknown>>): void => {
    const calls = callsByStep.get(step) ?? [];
    if (calls.some(({ record }) => mayHaveRun(record))) return;
    findings.violation('effect-without-call', {
      summary: `${what} is in the ledger, but ${calls.length === 0 ? 'nobody ever asked for it' : `all ${calls.length} calls for it were refused or never delivered`}.`,
      traffic: idsOf(calls),
      data,
    });
  };
  if (paymentsAreWatched) {
    for (const [step, payments] of books.paymentsByStep) {
      for (const { orderId, kind } of payments.slice(0, 1))
        check(step, `A ${kind} of order ${orderId}`, { orderId, step: kind, records: payments });
    }
  }
  if (reservationsAreWatched) {
    for (const [step, reservations] of books.reservationsByStep) {
      // What is released may never have been reserved: a release leaves a tombstone for a reserve that comes late.
      const held = reservations.find(({ state }) => state !== 'released');
      if (held !== undefined) check(step, `A reservation of ${held.sku} for order ${held.orderId}`, { ...held });
    }
  }
}

export function checkAcknowledged(
  ledger: Ledger,
  books: Books,
  calls: readonly OrderCall[],
  copied: ReadonlySet<string>,
  findings: Findings,
): void {
  const told = new Set(calls.flatMap(({ orderId, status }) => (orderId !== undefined && status === 'CONFIRMED' ? [orderId] : [])));
  const countOf = (orderId: string, kind: BookedPayment['kind']): number => books.paymentsByStep.get(stepName(orderId, kind))?.length ?? 0;
  for (const order of ledger.orders) {
    const { orderId, status, transitions } = order;
    const confirmed = told.has(orderId) || transitions.some((transition) => transition.status === 'CONFIRMED');
    if (confirmed && countOf(orderId, 'capture') === 0) reportMissing(order, 'capture', 'was confirmed', findings);
    if (status === 'CANCELLED' && countOf(orderId, 'capture') > 0 && countOf(orderId, 'refund') === 0) {
      reportMissing(order, 'refund', 'was captured and then cancelled', findings);
    }
  }
  checkFailedPlacements(ledger, books, calls, copied, findings);
}

function reportMissing({ orderId, status, transitions }: LedgerOrder, step: string, why: string, findings: Findings): void {
  findings.violation('effect-missing', {
    summary: `Order ${orderId} ${why}, but the ledger has no ${step} of it.`,
    data: { orderId, step, status, transitions },
  });
}

/** Only a placement all of whose calls failed is a failed one: any other may have made the order, and so may a copy that a fault delivered. */
function checkFailedPlacements(
  ledger: Ledger,
  books: Books,
  calls: readonly OrderCall[],
  copied: ReadonlySet<string>,
  findings: Findings,
): void {
  const orderByKey = new Map(ledger.orders.map((order) => [order.idempotencyKey, order]));
  const placements = calls.filter(({ f, idempotencyKey }) => f === 'place-order' && idempotencyKey !== undefined);
  for (const [key, sameKey] of groupBy(placements, ({ idempotencyKey }) => idempotencyKey ?? '')) {
    const order = orderByKey.get(key);
    if (order === undefined || copied.has(key) || sameKey.some(({ completion }) => completion?.type !== 'fail')) continue;
    const sumOf = (kind: BookedPayment['kind']): number =>
      (books.paymentsByStep.get(stepName(order.orderId, kind)) ?? []).reduce((sum, { amountCents }) => sum + amountCents, 0);
    const keptCents = sumOf('capture') - sumOf('refund');
    if (keptCents === 0) continue;
    findings.violation('failed-yet-charged', {
      summary: `Placing order ${order.orderId} failed, but ${keptCents} cents of it are kept.`,
      operations: operationIndexes(...sameKey),
      data: { orderId: order.orderId, keptCents, status: order.status },
    });
  }
}

const shownCalls = 20;

function idsOf(calls: readonly EffectCall[]): readonly TrafficRecord['id'][] {
  return calls.slice(0, shownCalls).map(({ record }) => record.id);
}
