/**
 * A golden order run: `a` was confirmed, `b` confirmed and then cancelled, `c` rejected for want of stock. One SKU, ten pieces.
 */
import type { Ledger, LedgerOrder, LedgerPayment, LedgerStock, OrderStatus, RunEvidence } from '../../harness/history/index.ts';
import { type CallRecord, evidenceOf, historyOf, ledgerOf } from './evidence.ts';

export const sku = 'mug';

/** Stamps that sort as they count. */
export function stamp(count: number): string {
  return `hlc-${String(count).padStart(6, '0')}`;
}

/** An order with the states of `path`, stamped from `since` on. */
export function order(orderId: string, amountCents: number, quantity: number, path: readonly OrderStatus[], since: number): LedgerOrder {
  return {
    orderId,
    status: path.at(-1) ?? 'PENDING',
    amountCents,
    items: [{ sku, quantity }],
    transitions: path.map((status, at) => ({ status, hlc: stamp(since + 10 * at) })),
    ageMs: 5000,
    idempotencyKey: `key-${orderId}`,
  };
}

/** Voided once refunded, so that nothing is captured afterwards. */
export function payment(orderId: string, ...records: readonly (readonly ['capture' | 'refund', number, number])[]): LedgerPayment {
  return {
    orderId,
    voided: records.some(([kind]) => kind === 'refund'),
    records: records.map(([kind, amountCents, at]) => ({ kind, amountCents, hlc: stamp(at), idempotencyKey: `${orderId}:${kind}:0` })),
  };
}

export const confirmed: readonly OrderStatus[] = ['PENDING', 'RESERVED', 'CONFIRMED'];
export const cancelled: readonly OrderStatus[] = [...confirmed, 'CANCELLING', 'CANCELLED'];
export const rejected: readonly OrderStatus[] = ['PENDING', 'REJECTING', 'REJECTED'];

export const stock: LedgerStock = {
  sku,
  initial: 10,
  available: 8,
  reserved: 0,
  sold: 2,
  reservations: [
    { orderId: 'a', quantity: 2, state: 'committed' },
    { orderId: 'b', quantity: 3, state: 'released' },
  ],
};

export const goldenLedger: Ledger = ledgerOf({
  orders: [order('a', 100, 2, confirmed, 100), order('b', 200, 3, cancelled, 200), order('c', 400, 50, rejected, 300)],
  payments: [payment('a', ['capture', 100, 115]), payment('b', ['capture', 200, 215], ['refund', 200, 235])],
  stock: [stock],
  events: [{ orderId: 'a', type: 'order-confirmed', hlc: stamp(120) }],
});

export function placing(orderId: string, amountCents: number, quantity: number, from: number, status: OrderStatus = 'PENDING'): CallRecord {
  return {
    f: 'place-order',
    value: { idempotencyKey: `key-${orderId}`, items: [{ sku, quantity }], amountCents },
    from,
    to: from + 10,
    outcome: 'ok',
    result: { orderId, status, amountCents },
  };
}

export function reading(orderId: string, status: OrderStatus, from: number, to = from + 10): CallRecord {
  return { f: 'read-order', key: orderId, from, to, outcome: 'ok', result: { orderId, status } };
}

export const goldenCalls: readonly CallRecord[] = [
  placing('a', 100, 2, 100),
  placing('b', 200, 3, 200),
  placing('c', 400, 50, 300),
  reading('a', 'RESERVED', 120),
  reading('a', 'CONFIRMED', 400),
  reading('b', 'CONFIRMED', 410),
  { f: 'cancel-order', key: 'b', from: 500, to: 510, outcome: 'ok', result: { orderId: 'b', status: 'CANCELLED' } },
  { f: 'read-stock', key: sku, from: 520, to: 530, outcome: 'ok', result: { initial: 10, available: 8, reserved: 0, sold: 2 } },
];

export function orderRun(ledger: Partial<Ledger> = {}, calls: readonly CallRecord[] = goldenCalls): RunEvidence {
  return evidenceOf({ history: historyOf(calls), ledger: { ...goldenLedger, ...ledger } });
}

export function withoutLedger(evidence: RunEvidence): RunEvidence {
  const { ledger: _, ...rest } = evidence;
  return rest;
}
