/** Placing, reading and cancelling orders: the leader does it, the others hand the call on. */
import { z } from 'zod';
import type { Term } from '../../coordination/index.ts';
import { ClockOffsetError, type HybridLogicalClock } from '../../events/hybrid-logical-clock.ts';
import { carriedDeadline, deadlineHeader, deadlineHeaderValue, fingerprint as fingerprintOf, remainingMs } from '../../resilience/index.ts';
import { type IncomingRequest, type OutgoingResponse, type Runtime, TransportError } from '../../runtime/port.ts';
import { isOpen, isTerminal, newOrder, type Orchestrator, type OrderRecord, orderKey, transition } from '../../saga/index.ts';
import type { Registers } from '../../store/index.ts';
import { json, ProblemError, parseBody, type Route, requireIdempotencyKey, resultOf } from '../http.ts';
import { keyReused } from '../payment/service.ts';
import type { Leadership } from './leadership.ts';
import type { ReadOrder } from './reading.ts';

export interface OrdersOptions {
  readonly node: string;
  readonly registers: Registers;
  readonly clock: HybridLogicalClock;
  readonly leadership: Leadership;
  readonly readOrder: ReadOrder;
  readonly catalogue: ReadonlyMap<string, number>;
  /** Order nodes by name, as this one reaches them. */
  readonly orderUrls: ReadonlyMap<string, string>;
  /** Longest time a call may take, milliseconds. */
  readonly requestTimeoutMs: number;
}

const quantityMax = 1000;
const placeSchema = z.strictObject({
  customer: z.string().min(1).max(200),
  items: z
    .array(z.strictObject({ sku: z.string().min(1).max(100), quantity: z.int().positive().max(quantityMax) }))
    .min(1)
    .max(10)
    .refine((items) => new Set(items.map((item) => item.sku)).size === items.length, 'list each SKU once and add up its quantities'),
  amountCents: z
    .int()
    .positive()
    .max(2 ** 40),
});
const forwardedHeader = 'x-forwarded-by';
/** Of the leader's answer, what the customer needs besides the body. */
const headersHandedBack = ['content-type', 'location', 'idempotent-replayed', 'retry-after'];
/** A leader that was handed a call ends this much earlier than whoever waits for its answer. */
const forwardMarginMs = 200;
const changeTimeoutMs = 2500;

type Leading = { readonly term: Term; readonly orchestrator: Orchestrator };

export function orderView(record: OrderRecord): object {
  const { orderId, status, customer, items, amountCents, rejection } = record;
  return { orderId, status, customer, items, amountCents, ...(rejection === undefined ? {} : { rejection }) };
}

export function orderRoutes(runtime: Runtime, options: OrdersOptions): readonly Route[] {
  const { registers, clock, leadership } = options;
  const dedupeHits = runtime.metrics.counter('dedupe_hits_total', 'Calls answered from an earlier effect with the same key.', ['service']);
  dedupeHits.inc({ service: 'order' }, 0);

  /** Runs `handle` if this node leads, else hands the call to the leader, once. */
  const byLeader = async (request: IncomingRequest, handle: (leading: Leading) => Promise<OutgoingResponse>): Promise<OutgoingResponse> => {
    const leading = leadership.leading();
    if (leading !== undefined) return handle(leading);
    const leader = leadership.knownLeader();
    const url = leader === undefined || leader.node === options.node ? undefined : options.orderUrls.get(leader.node);
    if (url === undefined || request.headers[forwardedHeader] !== undefined) throw notLeader();
    try {
      const query = request.query.toString();
      const response = await runtime.transport.request({
        url: `${url}${request.path.split('/').map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`,
        method: request.method,
        headers: {
          'content-type': 'application/json',
          'idempotency-key': requireIdempotencyKey(request),
          [forwardedHeader]: options.node,
          [deadlineHeader]: deadlineHeaderValue(options.requestTimeoutMs - forwardMarginMs),
        },
        body: request.body,
        deadlineMs: options.requestTimeoutMs,
        signal: request.signal,
      });
      return {
        status: response.status,
        body: response.body,
        headers: Object.fromEntries(Object.entries(response.headers).filter(([name]) => headersHandedBack.includes(name))),
      };
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      if (error.kind === 'refused') throw notLeader();
      throw new ProblemError({
        code: 'indeterminate',
        status: 504,
        detail: 'The leader took the call and did not answer. Ask again with the same idempotency key.',
      });
    }
  };

  const place = async (request: IncomingRequest): Promise<OutgoingResponse> => {
    const key = requireIdempotencyKey(request);
    const wanted = parseBody(placeSchema, request);
    const unknown = wanted.items.filter((item) => !options.catalogue.has(item.sku)).map((item) => item.sku);
    if (unknown.length > 0) {
      throw new ProblemError({ code: 'invalid-request', status: 422, detail: `There is no SKU ${unknown.join(', ')} in the catalogue.` });
    }
    return byLeader(request, async (leading) => {
      const deadline = carriedDeadline(request.headers, runtime.clock, options.requestTimeoutMs);
      // The id is derived from the key, so claiming the key and creating the order are one change of one register.
      const orderId = fingerprintOf({ key }).slice(0, 20);
      const terminal = leadership.watch(orderId, () => true);
      try {
        const { record, created } = await create(leading, orderId, key, wanted);
        if (!created) dedupeHits.inc({ service: 'order' });
        const waits = request.query.get('wait') === 'terminal' && !isTerminal(record.status);
        const reached = waits
          ? await terminal.wait(remainingMs(deadline, runtime.clock), [leading.term.signal, request.signal])
          : undefined;
        return json(201, orderView(reached ?? record), {
          location: `/orders/${orderId}`,
          ...(created ? {} : { 'idempotent-replayed': 'true' }),
        });
      } finally {
        terminal.end();
      }
    });
  };

  /** The order under this key, made now or before; its saga is on its way. */
  const create = async (
    { term, orchestrator }: Leading,
    orderId: string,
    key: string,
    wanted: z.infer<typeof placeSchema>,
  ): Promise<{ record: OrderRecord; created: boolean }> => {
    const fingerprint = fingerprintOf(wanted);
    const hlc = clock.now();
    const outcome = await term.change<{ record: OrderRecord; created: boolean }>(
      registers,
      orderKey(orderId),
      (value) => {
        if (value !== null) return { kind: 'keep', result: { record: value as OrderRecord, created: false } };
        const record = newOrder(orderId, key, fingerprint, wanted, hlc);
        return { kind: 'set', value: record, open: true, result: { record, created: true } };
      },
      changeTimeoutMs,
    );
    // Whatever became of the change, it may be there: the saga must not wait for the next sweep to find it.
    if (outcome.kind !== 'done') orchestrator.drive(orderId);
    const placed = leaderResult(outcome);
    if (placed.record.fingerprint !== fingerprint) throw keyReused();
    orchestrator.drive(orderId, placed.record);
    return placed;
  };

  const cancel = async (request: IncomingRequest, orderId: string): Promise<OutgoingResponse> => {
    requireIdempotencyKey(request);
    return byLeader(request, async ({ term, orchestrator }) => {
      const deadline = carriedDeadline(request.headers, runtime.clock, options.requestTimeoutMs);
      const cancelled = leadership.watch(orderId, (record) => record.status === 'CANCELLED');
      try {
        const record = await startCancelling(term, orderId);
        if (record.status === 'REJECTING' || record.status === 'REJECTED') {
          throw new ProblemError({
            code: 'not-cancellable',
            status: 409,
            detail: `Order ${orderId} is ${record.status}; there is nothing to cancel.`,
          });
        }
        if (record.status === 'CANCELLED') return json(200, orderView(record));
        orchestrator.drive(orderId, record);
        return json(200, orderView((await cancelled.wait(remainingMs(deadline, runtime.clock), [term.signal, request.signal])) ?? record));
      } finally {
        cancelled.end();
      }
    });
  };

  /** The order was last touched by a node whose clock is ahead. Too far ahead, and nothing is done until the clocks agree again. */
  const catchUp = (stamp: string): void => {
    try {
      clock.receive(stamp);
    } catch (error) {
      if (!(error instanceof ClockOffsetError)) throw error;
      throw new ProblemError({ code: 'unavailable', status: 503, detail: `Nothing was done: ${error.message}.` }, { 'retry-after': '1' });
    }
  };

  const startCancelling = async (term: Term, orderId: string): Promise<OrderRecord> => {
    for (;;) {
      const hlc = clock.now();
      const outcome = await term.change<OrderRecord | 'absent' | { behind: string }>(
        registers,
        orderKey(orderId),
        (value) => {
          if (value === null) return { kind: 'keep', result: 'absent' };
          const record = value as OrderRecord;
          const last = record.transitions.at(-1)?.hlc ?? '';
          if (last >= hlc) return { kind: 'keep', result: { behind: last } };
          const next = transition(record, 'CANCELLING', hlc);
          return next === undefined ? { kind: 'keep', result: record } : { kind: 'set', value: next, open: isOpen(next), result: next };
        },
        changeTimeoutMs,
      );
      const result = leaderResult(outcome);
      if (result === 'absent') throw new ProblemError({ code: 'not-found', status: 404, detail: `There is no order ${orderId}.` });
      if (!('behind' in result)) return result;
      catchUp(result.behind);
    }
  };

  return [
    { method: 'POST', path: '/orders', handle: place },
    { method: 'POST', path: '/orders/:orderId/cancel', handle: (request, params) => cancel(request, params['orderId'] ?? '') },
    // The shop takes back what it sold twice; for the order it is the same.
    { method: 'POST', path: '/orders/:orderId/withdraw', handle: (request, params) => cancel(request, params['orderId'] ?? '') },
    {
      method: 'GET',
      path: '/orders/:orderId',
      async handle(_request, params) {
        const orderId = params['orderId'] ?? '';
        const record = resultOf(await options.readOrder(registers, orderId, options.requestTimeoutMs));
        if (record === null) throw new ProblemError({ code: 'not-found', status: 404, detail: `There is no order ${orderId}.` });
        return json(200, orderView(record));
      },
    },
  ];
}

function notLeader(): ProblemError {
  return new ProblemError(
    { code: 'not-leader', status: 503, detail: 'No leader can be reached right now; nothing was attempted. Try again.' },
    { 'retry-after': '1' },
  );
}

/** For the customer a refused token means: a leader lost its office in the middle. Whether the order stands is not known. */
function leaderResult<T>(outcome: Parameters<typeof resultOf<T>>[0]): T {
  if (outcome.kind !== 'fenced') return resultOf(outcome);
  if (!outcome.mayHaveHappened) throw notLeader();
  throw new ProblemError({
    code: 'indeterminate',
    status: 504,
    detail: 'Leadership changed in the middle of the call. Ask again with the same idempotency key.',
  });
}
