/**
 * Once things are quiet: is every order at an end, has every cent and every unit a reason, and is nothing done twice? Reads what the pipeline
 * says of itself through its own API.
 */
import type { OrderRecord } from '../saga/index.ts';
import { successors } from '../saga/order-record.ts';
import { namesOf, type Pipeline } from './pipeline.ts';

type LedgerOrder = Pick<OrderRecord, 'orderId' | 'status' | 'amountCents' | 'items' | 'transitions' | 'idempotencyKey'>;
interface LedgerPayment {
  readonly orderId: string;
  readonly records: readonly { readonly kind: 'capture' | 'refund'; readonly idempotencyKey: string; readonly amountCents: number }[];
}
interface LedgerStock {
  readonly sku: string;
  readonly initial: number;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
}
interface LedgerEvent {
  readonly orderId: string;
  readonly type: string;
  readonly hlc: string;
}

export interface Audit {
  readonly orders: readonly LedgerOrder[];
  readonly payments: readonly LedgerPayment[];
  readonly stock: readonly LedgerStock[];
  readonly events: readonly LedgerEvent[];
  /** One sentence each. */
  readonly violations: readonly string[];
}

async function section<Entry>(pipeline: Pipeline, name: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let query = '';
  for (;;) {
    const { status, body } = await pipeline.world.until(pipeline.call(namesOf('order')[0] ?? '', 'GET', `/ledger/${name}${query}`));
    if (status !== 200) throw new Error(`the ledger answered ${status}: ${JSON.stringify(body)}`);
    entries.push(...(body['entries'] as Entry[]));
    if (typeof body['next'] !== 'string') return entries;
    query = `?after=${encodeURIComponent(body['next'])}`;
  }
}

const isOver = ({ status }: LedgerOrder): boolean => status === 'CONFIRMED' || status === 'REJECTED' || status === 'CANCELLED';

/** Looks again and again until all is well: sagas may need their time, and so may the consumer. What is wrong by the limit stays wrong. */
export async function settleAndAudit(pipeline: Pipeline, limitMs = 60_000): Promise<Audit> {
  const giveUpAtMs = pipeline.world.nowMs() + limitMs;
  for (;;) {
    const audit = await look(pipeline);
    if (audit.violations.length === 0 || pipeline.world.nowMs() > giveUpAtMs) return audit;
    await pipeline.world.advance(200);
  }
}

async function look(pipeline: Pipeline): Promise<Audit> {
  const orders = await section<LedgerOrder>(pipeline, 'orders');
  const payments = await section<LedgerPayment>(pipeline, 'payments');
  const stock = await section<LedgerStock>(pipeline, 'stock');
  const events = (await section<readonly LedgerEvent[]>(pipeline, 'events')).flat();
  return {
    orders,
    payments,
    stock,
    events,
    violations: [
      ...orderViolations(orders),
      ...moneyViolations(orders, payments),
      ...stockViolations(orders, stock),
      ...eventViolations(orders, events),
    ],
  };
}

function orderViolations(orders: readonly LedgerOrder[]): readonly string[] {
  return orders.flatMap((order) => {
    const { orderId, transitions } = order;
    const found: string[] = [];
    if (!isOver(order)) found.push(`order ${orderId} is stuck in ${order.status}`);
    for (const [index, { status, hlc }] of transitions.entries()) {
      const before = transitions[index - 1];
      if (before === undefined) continue;
      if (!successors[before.status].includes(status)) found.push(`order ${orderId} went from ${before.status} to ${status}`);
      if (hlc <= before.hlc) found.push(`order ${orderId} became ${status} before it became ${before.status}`);
    }
    return found;
  });
}

function moneyViolations(orders: readonly LedgerOrder[], payments: readonly LedgerPayment[]): readonly string[] {
  const byOrder = new Map(orders.map((order) => [order.orderId, order]));
  const found: string[] = [];
  for (const { orderId, records } of payments) {
    const order = byOrder.get(orderId);
    const net = records.reduce((sum, { kind, amountCents }) => sum + (kind === 'capture' ? amountCents : -amountCents), 0);
    const owed = order?.status === 'CONFIRMED' ? order.amountCents : 0;
    if (net !== owed) found.push(`order ${orderId} is ${order?.status ?? 'absent'} and ${net} cents are kept for it, not ${owed}`);
    for (const kind of ['capture', 'refund'])
      if (records.filter((record) => record.kind === kind).length > 1) found.push(`order ${orderId} has more than one ${kind}`);
  }
  const paid = new Set(payments.map(({ orderId }) => orderId));
  for (const { orderId, status } of orders)
    if (status === 'CONFIRMED' && !paid.has(orderId)) found.push(`order ${orderId} is CONFIRMED and nobody paid`);
  return found;
}

function stockViolations(orders: readonly LedgerOrder[], stock: readonly LedgerStock[]): readonly string[] {
  const confirmed = orders.filter(({ status }) => status === 'CONFIRMED').flatMap(({ items }) => items);
  return stock.flatMap(({ sku, initial, available, reserved, sold }) => {
    const found: string[] = [];
    const wanted = confirmed.filter((item) => item.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0);
    if (available + reserved + sold !== initial) found.push(`of ${initial} ${sku} there are ${available} + ${reserved} + ${sold}`);
    if (available < 0) found.push(`${sku} is oversold by ${-available}`);
    if (reserved !== 0) found.push(`${reserved} ${sku} are still reserved`);
    if (sold !== wanted) found.push(`${sold} ${sku} are sold, but confirmed orders have ${wanted}`);
    return found;
  });
}

function eventViolations(orders: readonly LedgerOrder[], events: readonly LedgerEvent[]): readonly string[] {
  const found: string[] = [];
  for (const { orderId, transitions } of orders) {
    const types = events.filter((event) => event.orderId === orderId).map(({ type }) => type);
    const expected = transitions.flatMap(({ status }) =>
      status === 'CONFIRMED' ? ['order-confirmed'] : status === 'CANCELLED' ? ['order-cancelled'] : [],
    );
    if ([...new Set(types)].join() !== expected.join())
      found.push(`order ${orderId} was ${expected.join(', ')}, and the log says ${types.join(', ')}`);
  }
  return found;
}
