/**
 * Clause: no effect before its cause, and none without one. Money and stock move, and events are told, only for orders that exist; money
 * is captured only after the order was recorded, and never once its payment was voided. (A refund ahead of its capture is in `money.ts`.)
 */
import type { Ledger, LedgerOrder } from '../../harness/history/index.ts';
import type { Findings } from '../evidence/index.ts';

export function checkCauses(ledger: Ledger, findings: Findings): void {
  const orders = new Map(ledger.orders.map((order) => [order.orderId, order]));
  checkPayments(ledger, orders, findings);
  for (const { sku, reservations } of ledger.stock) {
    for (const { orderId, quantity, state } of reservations) {
      // A release without an order is the tombstone that keeps a late reserve out: it moves nothing.
      if (state === 'released' || orders.has(orderId)) continue;
      findings.violation('stock-without-order', {
        summary: `${quantity} of ${sku} are ${state} for order ${orderId}, which doesn't exist.`,
        data: { orderId, sku, quantity, state },
      });
    }
  }
  for (const { orderId, type, hlc } of ledger.events) {
    if (orders.has(orderId)) continue;
    findings.violation('event-without-order', {
      summary: `The log has an event ${type} of order ${orderId}, which doesn't exist.`,
      data: { orderId, type, hlc },
    });
  }
}

function checkPayments(ledger: Ledger, orders: ReadonlyMap<string, LedgerOrder>, findings: Findings): void {
  for (const { orderId, records, voided } of ledger.payments) {
    const order = orders.get(orderId);
    const capture = records.find(({ kind }) => kind === 'capture');
    const data = { orderId, voided, records };
    if (order === undefined && records.length > 0) {
      findings.violation('payment-without-order', {
        summary: `Order ${orderId} has ${records.map(({ kind, amountCents }) => `a ${kind} of ${amountCents}`).join(' and ')} cents, but doesn't exist.`,
        data,
      });
    }
    if (capture === undefined) continue;
    // A payment is voided by its refund too, so that nothing is captured afterwards. Voided without a refund means that there was nothing
    // to refund when the cancellation came: the capture came later.
    if (voided && !records.some(({ kind }) => kind === 'refund')) {
      findings.violation('capture-after-void', {
        summary: `Order ${orderId} has a capture of ${capture.amountCents} cents though its payment was voided before anything was captured, which refuses captures for good.`,
        data,
      });
    }
    const placed = order?.transitions[0];
    if (placed !== undefined && capture.hlc < placed.hlc) {
      findings.violation('capture-before-order', {
        summary: `Order ${orderId} was captured at ${capture.hlc}, before it was recorded at ${placed.hlc}.`,
        data: { ...data, placedAt: placed.hlc },
      });
    }
  }
}
