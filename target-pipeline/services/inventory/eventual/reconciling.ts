/**
 * What was sold twice is taken back: the newest confirmed orders of an oversold SKU are withdrawn, which refunds and restocks as a
 * customer's cancellation does, until no more is promised than there is.
 */
import type { Runtime } from '../../../runtime/port.ts';
import type { EventualBook } from './eventual-book.ts';

export interface ReconcilingOptions {
  readonly book: EventualBook;
  readonly orderUrls: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Withdrawal {
  readonly sku: string;
  readonly orderId: string;
  readonly quantity: number;
}

/**
 * The newest sold orders that cover what is missing of a SKU, beside those already on their way. Reserved ones are left to their sagas, and
 * come to be sold or released.
 */
export function withdrawalsDue(book: EventualBook, asked: ReadonlySet<string>): readonly Withdrawal[] {
  return book.skus().flatMap((sku) => {
    let missing = -book.counters(sku).available;
    if (missing <= 0) return [];
    const sold = [...book.entries(sku)].filter(([, { state }]) => state === 'committed');
    for (const [orderId, { quantity }] of sold) if (asked.has(orderId)) missing -= quantity;
    const due: Withdrawal[] = [];
    for (const [orderId, { quantity }] of sold.sort(([, a], [, b]) => (a.hlc < b.hlc ? 1 : -1))) {
      if (missing <= 0) break;
      if (asked.has(orderId)) continue;
      due.push({ sku, orderId, quantity });
      missing -= quantity;
    }
    return due;
  });
}

/** Goes on until the signal. */
export async function reconcile(runtime: Runtime, options: ReconcilingOptions): Promise<void> {
  const { book, intervalMs, signal } = options;
  const withdrawn = runtime.metrics.counter('stock_reconciled_units_total', 'Units taken back from orders because they were sold twice.');
  const asked = new Set<string>();
  while (!signal.aborted) {
    for (const due of withdrawalsDue(book, asked)) {
      if (!(await withdraw(runtime, options, due.orderId))) continue;
      asked.add(due.orderId);
      withdrawn.inc({}, due.quantity);
      runtime.log.warn('stock.reconciled', { sku: due.sku, orderId: due.orderId, units: due.quantity });
    }
    await runtime.timers.sleep(intervalMs, signal).catch(() => undefined);
  }
}

/** `true` once an order node has taken it. Asking again is harmless: the key is the same. */
async function withdraw(runtime: Runtime, { orderUrls, timeoutMs, signal }: ReconcilingOptions, orderId: string): Promise<boolean> {
  for (const url of orderUrls) {
    try {
      const response = await runtime.transport.request({
        url: `${url}/orders/${encodeURIComponent(orderId)}/withdraw`,
        method: 'POST',
        headers: { 'idempotency-key': `oversold:${orderId}` },
        deadlineMs: timeoutMs,
        signal,
      });
      if (response.status < 300) return true;
    } catch (error) {
      runtime.log.info('stock.reconciling-failed', { orderId, message: String(error) });
    }
  }
  return false;
}
