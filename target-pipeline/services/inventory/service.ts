/** The inventory service: reserves and releases stock on a leader's behalf, commits what confirmed orders sold, answers what is there. */
import { z } from 'zod';
import type { Term } from '../../coordination/index.ts';
import type { OrderEvent } from '../../events/event.ts';
import { formatStamp, type HybridLogicalClock } from '../../events/hybrid-logical-clock.ts';
import type { Runtime } from '../../runtime/port.ts';
import type { Registers } from '../../store/index.ts';
import {
  causeSchema,
  hearCause,
  json,
  ProblemError,
  parseBody,
  type Route,
  requireFence,
  requireIdempotencyKey,
  resultOf,
} from '../http.ts';
import { keyReused } from '../payment/service.ts';
import type { ReserveStock } from './reserving.ts';
import { initialStock, release, type Sell, type Stock, type StockDecision } from './stock.ts';

export interface InventoryOptions {
  readonly registers: Registers;
  readonly clock: HybridLogicalClock;
  /** Units of each SKU before the first order. What isn't listed isn't sold. */
  readonly catalogue: ReadonlyMap<string, number>;
  readonly reserveStock: ReserveStock;
  readonly sell: Sell;
  /** How long a final reservation answers late retries: longer than the longest retry horizon plus the longest pause. Milliseconds. */
  readonly retentionMs: number;
}

const reserveSchema = z.strictObject({ orderId: z.string().min(1).max(100), quantity: z.int().positive(), cause: causeSchema });
const releaseSchema = z.strictObject({ orderId: z.string().min(1).max(100), cause: causeSchema });
const changeTimeoutMs = 1500;

export const stockKey = (sku: string): string => `stock/${sku}`;

export function unknownSku(sku: string): ProblemError {
  return new ProblemError({ code: 'not-found', status: 404, detail: `There is no SKU ${JSON.stringify(sku)} in the catalogue.` });
}

export function inventoryRoutes(runtime: Runtime, options: InventoryOptions): readonly Route[] {
  const { registers, clock } = options;
  const dedupeHits = runtime.metrics.counter('dedupe_hits_total', 'Calls answered from an earlier effect with the same key.', ['service']);
  const initialOf = (sku: string): number => {
    const initial = options.catalogue.get(sku);
    if (initial === undefined) throw unknownSku(sku);
    return initial;
  };
  const answer = (decision: StockDecision, hlc: string) => {
    switch (decision.kind) {
      case 'mismatch':
        throw keyReused();
      case 'duplicate':
        dedupeHits.inc({ service: 'inventory' });
        return json(200, { outcome: decision.outcome, hlc: decision.hlc });
      case 'apply':
        return json(200, { outcome: decision.outcome, hlc });
      default:
        return decision satisfies never;
    }
  };

  return [
    {
      method: 'POST',
      path: '/stock/:sku/reserve',
      async handle(request, params) {
        const sku = params['sku'] ?? '';
        requireIdempotencyKey(request);
        const fence = requireFence(request);
        const { orderId, quantity, cause } = parseBody(reserveSchema, request);
        const initial = initialOf(sku);
        hearCause(clock, cause);
        const hlc = clock.now();
        const foldBeforeHlc = formatStamp({
          wallMs: Math.max(0, Math.floor(runtime.clock.wallMs()) - options.retentionMs),
          counter: 0,
          node: 'fold',
        });
        const outcome = await options.reserveStock(
          registers,
          { key: stockKey(sku), initial, orderId, quantity, hlc, foldBeforeHlc },
          { deadlineMs: changeTimeoutMs, fence },
        );
        return answer(resultOf(outcome), hlc);
      },
    },
    {
      method: 'POST',
      path: '/stock/:sku/release',
      async handle(request, params) {
        const sku = params['sku'] ?? '';
        requireIdempotencyKey(request);
        const fence = requireFence(request);
        const { orderId, cause } = parseBody(releaseSchema, request);
        const initial = initialOf(sku);
        hearCause(clock, cause);
        const hlc = clock.now();
        const outcome = await registers.change<StockDecision>(
          stockKey(sku),
          (value) => {
            const decision = release((value as Stock | null) ?? initialStock(initial), orderId, hlc);
            return decision.kind === 'apply'
              ? { kind: 'set', value: decision.stock, result: decision }
              : { kind: 'keep', result: decision };
          },
          { deadlineMs: changeTimeoutMs, fence },
        );
        return answer(resultOf(outcome), hlc);
      },
    },
  ];
}

/** What the consumer does with a batch: one change a SKU. Repeating it changes nothing. */
export function commitSales(options: InventoryOptions, term: Term): (events: readonly OrderEvent[]) => Promise<boolean> {
  return async (events) => {
    const bySku = new Map<string, string[]>();
    for (const event of events) {
      options.clock.receive(event.hlc);
      if (event.type !== 'order-confirmed') continue;
      for (const item of event.items) bySku.set(item.sku, [...(bySku.get(item.sku) ?? []), event.orderId]);
    }
    const hlc = options.clock.now();
    const outcomes = await Promise.all(
      [...bySku].map(([sku, orderIds]) =>
        term.change(
          options.registers,
          stockKey(sku),
          (value) => {
            const stock = (value as Stock | null) ?? initialStock(options.catalogue.get(sku) ?? 0);
            const next = options.sell(stock, orderIds, hlc);
            return next === stock ? { kind: 'keep', result: true } : { kind: 'set', value: next, result: true };
          },
          changeTimeoutMs,
        ),
      ),
    );
    return outcomes.every((outcome) => outcome.kind === 'done');
  };
}
