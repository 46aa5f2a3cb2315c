/** The inventory service: reserves and releases stock on a leader's behalf, commits what confirmed orders sold, answers what is there. */
import { z } from 'zod';
import type { Term } from '../../coordination/index.ts';
import type { OrderEvent } from '../../events/event.ts';
import { formatStamp, type HybridLogicalClock } from '../../events/hybrid-logical-clock.ts';
import { fingerprint } from '../../resilience/index.ts';
import type { IncomingRequest, OutgoingResponse, Runtime } from '../../runtime/port.ts';
import type { Fence } from '../../store/index.ts';
import { causeSchema, hearCause, json, ProblemError, parseBody, type Route, requireFence, requireIdempotencyKey } from '../http.ts';
import { keyReused } from '../payment/service.ts';
import type { BookAnswer, StockBook } from './stock-book.ts';

export interface InventoryOptions {
  readonly book: StockBook;
  readonly clock: HybridLogicalClock;
  /** Units of each SKU before the first order. What isn't listed isn't sold. */
  readonly catalogue: ReadonlyMap<string, number>;
  /** How long a reservation that is over is kept: longer than the longest retry horizon plus the longest pause. Milliseconds. */
  readonly retentionMs: number;
}

const reserveSchema = z.strictObject({ orderId: z.string().min(1).max(100), quantity: z.int().positive(), cause: causeSchema });
const releaseSchema = z.strictObject({ orderId: z.string().min(1).max(100), sold: z.int().positive().optional(), cause: causeSchema });

interface CallParts<Body> {
  readonly body: Body;
  readonly key: string;
  readonly fingerprint: string;
  readonly hlc: string;
  readonly stock: { readonly sku: string; readonly initial: number };
}

export function unknownSku(sku: string): ProblemError {
  return new ProblemError({ code: 'not-found', status: 404, detail: `There is no SKU ${JSON.stringify(sku)} in the catalogue.` });
}

export function inventoryRoutes(runtime: Runtime, options: InventoryOptions): readonly Route[] {
  const { book, clock } = options;
  const dedupeHits = runtime.metrics.counter('dedupe_hits_total', 'Calls answered from an earlier effect with the same key.', ['service']);
  dedupeHits.inc({ service: 'inventory' }, 0);
  /** Runs what is common to both calls: who asks, on whose behalf, because of what. */
  const handle = async <Body extends { readonly orderId: string; readonly cause: string }>(
    request: IncomingRequest,
    sku: string,
    schema: z.ZodType<Body>,
    decide: (call: CallParts<Body>, fence: Fence) => Promise<BookAnswer>,
  ): Promise<OutgoingResponse> => {
    const key = requireIdempotencyKey(request);
    const fence = requireFence(request);
    const body = parseBody(schema, request);
    const initial = options.catalogue.get(sku);
    if (initial === undefined) throw unknownSku(sku);
    hearCause(clock, body.cause);
    const parts = { body, key, fingerprint: shortFingerprint(body), hlc: clock.now(), stock: { sku, initial } };
    const decision = await decide(parts, fence);
    switch (decision.kind) {
      case 'mismatch':
        throw keyReused();
      case 'undecidable':
        runtime.log.error('stock.undecidable', { sku, orderId: body.orderId, key, cause: body.cause });
        throw new ProblemError({
          code: 'indeterminate',
          status: 504,
          detail: `The call is older than what ${sku} remembers of finished orders, so nobody knows whether it was carried out; an operator must decide.`,
        });
      case 'duplicate':
        dedupeHits.inc({ service: 'inventory' });
        return json(200, decision.answer);
      case 'apply':
        return json(200, decision.answer);
      default:
        return decision satisfies never;
    }
  };

  return [
    {
      method: 'POST',
      path: '/stock/:sku/reserve',
      handle: (request, params) =>
        handle(request, params['sku'] ?? '', reserveSchema, ({ body, stock, ...call }, fence) => {
          const wallMs = Math.max(0, Math.floor(runtime.clock.wallMs()) - options.retentionMs);
          const foldBeforeHlc = formatStamp({ wallMs, counter: 0, node: 'fold' });
          return book.reserve({ ...stock, request: { ...call, ...body }, foldBeforeHlc }, fence);
        }),
    },
    {
      method: 'POST',
      path: '/stock/:sku/release',
      handle: (request, params) =>
        handle(request, params['sku'] ?? '', releaseSchema, ({ body: { sold, ...body }, stock, ...call }, fence) =>
          book.release({ ...stock, request: { ...call, ...body, ...(sold === undefined ? {} : { sold }) } }, fence),
        ),
    },
  ];
}

/** Long enough to tell a caller's mistake, and short, since stock keeps one for each call. */
function shortFingerprint({ cause: _cause, ...body }: { readonly cause: string }): string {
  return fingerprint(body).slice(0, 16);
}

/** What the consumer does with a batch. Repeating it changes nothing. */
export function commitSales({ book, clock, catalogue }: InventoryOptions, term: Term): (events: readonly OrderEvent[]) => Promise<boolean> {
  return async (events) => {
    for (const { hlc } of events) clock.receive(hlc);
    const sales = events.flatMap(({ type, orderId, items }) =>
      type === 'order-confirmed' ? items.map(({ sku, quantity }) => ({ sku, initial: catalogue.get(sku) ?? 0, orderId, quantity })) : [],
    );
    return book.sell(sales, term, clock.now());
  };
}
