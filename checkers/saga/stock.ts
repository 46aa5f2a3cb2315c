/**
 * Clauses about stock, per SKU:
 * - nothing negative, initial = available + reserved + sold, and after quiescence nothing reserved;
 * - sold = Σ quantities of confirmed orders, and never more than there was;
 * - a confirmed order has one committed reservation for each item, a cancelled or rejected one none that holds stock.
 */
import type { Ledger, LedgerOrder, LedgerStock } from '../../harness/history/index.ts';
import { type Findings, groupBy, quantitiesBySku } from '../evidence/index.ts';
import type { Rest } from './rest.ts';

type Reservation = LedgerStock['reservations'][number];

export function checkStock(ledger: Ledger, rest: Rest, findings: Findings): void {
  const sold = quantitiesBySku(ledger.orders.filter(({ status }) => status === 'CONFIRMED').flatMap(({ items }) => items));
  const ordersById = new Map(ledger.orders.map((order) => [order.orderId, order]));
  const confirmedBySku = groupBy(
    ledger.orders.flatMap((order) =>
      order.status === 'CONFIRMED' ? [...quantitiesBySku(order.items).keys()].map((sku) => ({ sku, order })) : [],
    ),
    ({ sku }) => sku,
  );
  for (const stock of ledger.stock) {
    const confirmed = (confirmedBySku.get(stock.sku) ?? []).map(({ order }) => order);
    checkCounters(stock, findings);
    if (rest.settled) checkNothingReserved(stock, findings);
    checkSold(stock, sold.get(stock.sku) ?? 0, confirmed, rest, findings);
    checkReservations(stock, ordersById, confirmed, rest, findings);
  }
  const known = new Set(ledger.stock.map(({ sku }) => sku));
  for (const [sku, quantity] of sold) {
    if (known.has(sku) || quantity === 0) continue;
    findings.violation('sold-unknown-sku', {
      summary: `Confirmed orders sold ${quantity} of ${sku}, of which the inventory has no record.`,
      data: { sku, confirmedQuantity: quantity },
    });
  }
}

function countersOf({ sku, initial, available, reserved, sold }: LedgerStock) {
  return { sku, initial, available, reserved, sold };
}

function checkCounters(stock: LedgerStock, findings: Findings): void {
  const { sku, initial, available, reserved, sold } = stock;
  const data = countersOf(stock);
  const negative = Object.entries({ available, reserved, sold }).find(([, count]) => !(count >= 0));
  if (negative !== undefined) {
    findings.violation('stock-negative', { summary: `Stock of ${sku}: ${negative[0]} is ${negative[1]}; no count may be negative.`, data });
  }
  if (initial !== available + reserved + sold) {
    findings.violation('stock-sum', {
      summary: `Stock of ${sku}: available ${available} + reserved ${reserved} + sold ${sold} = ${available + reserved + sold}, but there were ${initial}.`,
      data,
    });
  }
}

function checkNothingReserved(stock: LedgerStock, findings: Findings): void {
  const { sku, reserved } = stock;
  if (reserved > 0) {
    const holders = stock.reservations.filter(({ state }) => state === 'reserved').map(({ orderId }) => orderId);
    findings.violation('stock-still-reserved', {
      summary: `Stock of ${sku}: ${reserved} still reserved after quiescence${holders.length === 0 ? '' : `, by ${holders.slice(0, 5).join(', ')}`}.`,
      data: { ...countersOf(stock), holders },
    });
  }
}

function checkSold(stock: LedgerStock, confirmedQuantity: number, confirmed: readonly LedgerOrder[], rest: Rest, findings: Findings): void {
  const { sku, initial, sold } = stock;
  const data = { ...countersOf(stock), confirmedQuantity };
  if (rest.settled && sold !== confirmedQuantity) {
    findings.violation('sold-as-confirmed', {
      summary: `Stock of ${sku}: ${sold} sold, but confirmed orders add up to ${confirmedQuantity}.`,
      data: { ...data, suspects: suspectsOf(stock, confirmed) },
    });
  }
  const most = Math.max(sold, confirmedQuantity);
  if (most > initial) {
    findings.violation('oversold', { summary: `Stock of ${sku}: oversold by ${most - initial}: ${most} sold of ${initial}.`, data });
  }
}

/** Confirmed orders without a committed reservation, and the reverse: whoever made the counts differ is among them. */
function suspectsOf(stock: LedgerStock, confirmed: readonly LedgerOrder[]): readonly string[] {
  const committed = new Set(stock.reservations.filter(({ state }) => state === 'committed').map(({ orderId }) => orderId));
  const wanted = new Set(confirmed.map(({ orderId }) => orderId));
  return [...[...wanted].filter((orderId) => !committed.has(orderId)), ...[...committed].filter((orderId) => !wanted.has(orderId))].slice(
    0,
    20,
  );
}

function checkReservations(
  stock: LedgerStock,
  ordersById: ReadonlyMap<string, LedgerOrder>,
  confirmed: readonly LedgerOrder[],
  rest: Rest,
  findings: Findings,
): void {
  const byOrder = groupBy(stock.reservations, ({ orderId }) => orderId);
  const committedQuantity = stock.reservations.reduce((sum, { state, quantity }) => (state === 'committed' ? sum + quantity : sum), 0);
  // Old, final reservations may have been folded into the counters. Where none can have been, a missing one was never made.
  const complete = committedQuantity === stock.sold;
  for (const order of confirmed) {
    if (rest.settled && complete && !byOrder.has(order.orderId)) checkConfirmed(stock, order, [], findings);
  }
  for (const [orderId, reservations] of byOrder) {
    const order = ordersById.get(orderId);
    if (rest.settled && order?.status === 'CONFIRMED') checkConfirmed(stock, order, reservations, findings);
    if (order?.status === 'CANCELLED' || order?.status === 'REJECTED') checkGivenBack(stock, order, reservations, findings);
  }
}

function checkConfirmed(stock: LedgerStock, order: LedgerOrder, reservations: readonly Reservation[], findings: Findings): void {
  const lines = order.items.filter(({ sku }) => sku === stock.sku);
  const wanted = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const committed = reservations.filter(({ state }) => state === 'committed');
  const held = committed.reduce((sum, { quantity }) => sum + quantity, 0);
  // Two lines of one SKU may be reserved together or one by one.
  if (held === wanted && committed.length <= lines.length && committed.length === reservations.length) return;
  findings.violation('confirmed-stock', {
    summary:
      `Order ${order.orderId} is CONFIRMED with ${wanted} of ${stock.sku}, so that must be committed once; ` +
      `it has ${reservations.length === 0 ? 'no reservation' : reservations.map(({ state, quantity }) => `${quantity} ${state}`).join(', ')}.`,
    data: { orderId: order.orderId, sku: stock.sku, wanted, reservations },
  });
}

function checkGivenBack(stock: LedgerStock, order: LedgerOrder, reservations: readonly Reservation[], findings: Findings): void {
  const holding = reservations.filter(({ state, quantity }) => state !== 'released' && quantity > 0);
  if (holding.length === 0) return;
  findings.violation('cancelled-stock', {
    summary: `Order ${order.orderId} is ${order.status}, yet it holds ${holding.map(({ state, quantity }) => `${quantity} ${state}`).join(', ')} of ${stock.sku}.`,
    data: { orderId: order.orderId, sku: stock.sku, reservations },
  });
}
