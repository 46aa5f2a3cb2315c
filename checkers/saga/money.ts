/**
 * Clauses about money:
 * - Σ captured − Σ refunded = Σ value of confirmed orders;
 * - a confirmed order has exactly one capture, of its amount, and no refund; a cancelled or rejected one nothing net;
 * - at every moment 0 ≤ refunded ≤ captured.
 */
import type { Ledger, LedgerOrder, LedgerPayment } from '../../harness/history/index.ts';
import type { Findings } from '../evidence/index.ts';
import type { Rest } from './rest.ts';
import { ordersByAmounts } from './suspects.ts';

type PaymentRecord = LedgerPayment['records'][number];

/** Records of one order; a payment node that kept its own share of them adds to the others'. */
function recordsByOrder(ledger: Ledger): ReadonlyMap<string, readonly PaymentRecord[]> {
  const records = new Map<string, PaymentRecord[]>();
  for (const payment of ledger.payments) {
    const known = records.get(payment.orderId);
    if (known === undefined) records.set(payment.orderId, [...payment.records]);
    else known.push(...payment.records);
  }
  return records;
}

function sumOf(records: readonly PaymentRecord[], kind: PaymentRecord['kind']): number {
  return records.reduce((sum, record) => (record.kind === kind ? sum + record.amountCents : sum), 0);
}

/** What should remain captured for an order that has come to its end; `undefined` while it is under way. */
function expectedCents(order: LedgerOrder): number | undefined {
  switch (order.status) {
    case 'CONFIRMED':
      return order.amountCents;
    case 'CANCELLED':
    case 'REJECTED':
      return 0;
    case 'PENDING':
    case 'RESERVED':
    case 'CANCELLING':
    case 'REJECTING':
      return undefined;
    default:
      return order.status satisfies never;
  }
}

export function checkMoney(ledger: Ledger, rest: Rest, findings: Findings): void {
  const records = recordsByOrder(ledger);
  if (rest.settled) checkBalance(ledger, records, findings);
  for (const order of ledger.orders) {
    // Between two reads of a busy pipeline a customer's cancel may have begun; what is cancelled or rejected is so for good.
    if (rest.settled || order.status !== 'CONFIRMED') checkOrderMoney(order, records.get(order.orderId) ?? [], findings);
  }
  for (const [orderId, ofOrder] of records) checkNeverMoreRefunded(orderId, ofOrder, findings);
}

function checkBalance(ledger: Ledger, records: ReadonlyMap<string, readonly PaymentRecord[]>, findings: Findings): void {
  let capturedCents = 0;
  let refundedCents = 0;
  for (const ofOrder of records.values()) {
    capturedCents += sumOf(ofOrder, 'capture');
    refundedCents += sumOf(ofOrder, 'refund');
  }
  const confirmedCents = ledger.orders.reduce((sum, order) => (order.status === 'CONFIRMED' ? sum + order.amountCents : sum), 0);
  const excessCents = capturedCents - refundedCents - confirmedCents;
  if (excessCents === 0) return;
  const suspects = suspectsOf(ledger, records, excessCents);
  findings.violation('money-balance', {
    summary:
      `Captured ${capturedCents} − refunded ${refundedCents} should equal the ${confirmedCents} cents of confirmed orders, ` +
      `but ${Math.abs(excessCents)} cents are ${excessCents > 0 ? 'too many' : 'missing'}` +
      `${suspects.length === 0 ? '' : `; look at ${suspects.slice(0, 5).join(', ')}`}.`,
    data: { capturedCents, refundedCents, confirmedCents, excessCents, suspects },
  });
}

/** Orders whose own money is off name themselves; where none does, the amount itself tells whose it may be. */
function suspectsOf(ledger: Ledger, records: ReadonlyMap<string, readonly PaymentRecord[]>, excessCents: number): readonly string[] {
  const known = new Set(ledger.orders.map(({ orderId }) => orderId));
  const off = ledger.orders.flatMap((order) => {
    const ofOrder = records.get(order.orderId) ?? [];
    return sumOf(ofOrder, 'capture') - sumOf(ofOrder, 'refund') === (expectedCents(order) ?? 0) ? [] : [order.orderId];
  });
  const strangers = [...records.keys()].filter((orderId) => !known.has(orderId));
  const named = [...off, ...strangers];
  return named.length > 0 ? named : ordersByAmounts(excessCents, ledger.orders);
}

function checkOrderMoney(order: LedgerOrder, records: readonly PaymentRecord[], findings: Findings): void {
  const expected = expectedCents(order);
  if (expected === undefined) return;
  const captures = records.filter(({ kind }) => kind === 'capture');
  const capturedCents = sumOf(records, 'capture');
  const refundedCents = sumOf(records, 'refund');
  const data = { orderId: order.orderId, status: order.status, amountCents: order.amountCents, records };
  if (order.status === 'CONFIRMED') {
    if (captures.length === 1 && records.length === 1 && capturedCents === expected) return;
    findings.violation('confirmed-money', {
      summary:
        `Order ${order.orderId} is CONFIRMED for ${order.amountCents} cents, so it must have one capture of that and no refund; ` +
        `it has ${captures.length} captures of ${capturedCents} and ${records.length - captures.length} refunds of ${refundedCents} cents.`,
      data,
    });
  } else if (capturedCents !== refundedCents) {
    findings.violation('cancelled-money', {
      summary: `Order ${order.orderId} is ${order.status}, so nothing may remain captured; captured ${capturedCents} − refunded ${refundedCents} = ${capturedCents - refundedCents} cents remain.`,
      data,
    });
  }
}

function checkNeverMoreRefunded(orderId: string, records: readonly PaymentRecord[], findings: Findings): void {
  const negative = records.find(({ amountCents }) => !(amountCents >= 0));
  if (negative !== undefined) {
    findings.violation('money-negative', {
      summary: `Order ${orderId} has a ${negative.kind} of ${negative.amountCents} cents; no record may be negative.`,
      data: { orderId, records },
    });
  }
  const capturedCents = sumOf(records, 'capture');
  const refundedCents = sumOf(records, 'refund');
  if (refundedCents > capturedCents) {
    findings.violation('refunded-beyond-captured', {
      summary: `Order ${orderId} was refunded ${refundedCents} cents though only ${capturedCents} were captured.`,
      data: { orderId, capturedCents, refundedCents, records },
    });
    return;
  }
  // In the end it may add up although a refund ran ahead. Equal stamps leave the order open, so captures go first.
  const inOrder = [...records].sort((a, b) =>
    a.hlc < b.hlc ? -1 : a.hlc > b.hlc ? 1 : a.kind === b.kind ? 0 : a.kind === 'capture' ? -1 : 1,
  );
  let heldCents = 0;
  for (const record of inOrder) {
    heldCents += record.kind === 'capture' ? record.amountCents : -record.amountCents;
    if (heldCents >= 0) continue;
    findings.violation('refund-before-capture', {
      summary: `Order ${orderId} was refunded ${record.amountCents} cents at ${record.hlc}, before so much had been captured.`,
      data: { orderId, records: inOrder },
    });
    return;
  }
}
