/** The ledger's records of effects, found by the step that made them and by idempotency key. */
import type { Ledger, LedgerPayment, LedgerStock } from '../../harness/history/index.ts';
import { stepName } from '../evidence/index.ts';

export type PaymentRecord = LedgerPayment['records'][number];

export interface BookedPayment extends PaymentRecord {
  readonly orderId: string;
}

export interface BookedReservation {
  readonly orderId: string;
  readonly sku: string;
  readonly state: LedgerStock['reservations'][number]['state'];
}

export interface Books {
  readonly payments: readonly BookedPayment[];
  /** By `stepName(orderId, kind)`. */
  readonly paymentsByStep: ReadonlyMap<string, readonly BookedPayment[]>;
  readonly paymentsByKey: ReadonlyMap<string, readonly BookedPayment[]>;
  /** By `stepName(orderId, 'reserve-<sku>')`. */
  readonly reservationsByStep: ReadonlyMap<string, readonly BookedReservation[]>;
}

/** A payment node that kept its own share of an order's records adds to the others'. */
export function openBooks(ledger: Ledger): Books {
  const payments = ledger.payments.flatMap(({ orderId, records }) => records.map((record) => ({ ...record, orderId })));
  const paymentsByStep = new Map<string, BookedPayment[]>();
  const paymentsByKey = new Map<string, BookedPayment[]>();
  for (const payment of payments) {
    add(paymentsByStep, stepName(payment.orderId, payment.kind), payment);
    add(paymentsByKey, payment.idempotencyKey, payment);
  }
  const reservationsByStep = new Map<string, BookedReservation[]>();
  for (const { sku, reservations } of ledger.stock) {
    for (const { orderId, state } of reservations) add(reservationsByStep, stepName(orderId, `reserve-${sku}`), { orderId, sku, state });
  }
  return { payments, paymentsByStep, paymentsByKey, reservationsByStep };
}

function add<Item>(groups: Map<string, Item[]>, key: string, item: Item): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [item]);
  else group.push(item);
}
