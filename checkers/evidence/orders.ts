/**
 * What customers asked of the order workload and what they were told: `place-order`, `cancel-order`, `read-order`, `read-stock`.
 */
import type { Operation, OrderStatus, RunEvidence } from '../../harness/history/index.ts';
import { type Call, pairCalls } from './calls.ts';
import { field, numberField, stringField } from './fields.ts';

const orderFunctions: ReadonlySet<string> = new Set(['place-order', 'cancel-order', 'read-order', 'read-stock']);

const statuses: ReadonlySet<string> = new Set<OrderStatus>([
  'PENDING',
  'RESERVED',
  'CONFIRMED',
  'CANCELLING',
  'REJECTING',
  'CANCELLED',
  'REJECTED',
]);

function isOrderStatus(value: unknown): value is OrderStatus {
  return typeof value === 'string' && statuses.has(value);
}

/** Did the run deal with orders at all? A register workload has none, and nothing about money can be asked of it. */
export function concernsOrders(evidence: RunEvidence): boolean {
  if ((evidence.ledger?.orders.length ?? 0) > 0) return true;
  return evidence.workload === 'orders' || evidence.history.some((operation) => orderFunctions.has(operation.f));
}

/** One call of the order workload, with the names by which the ledger knows its order. */
export interface OrderCall extends Call {
  readonly f: string;
  readonly orderId?: string;
  /** The key under which it was placed: finds the order of a call whose answer was lost. */
  readonly idempotencyKey?: string;
  /** What the customer was told, on `ok`. */
  readonly status?: OrderStatus;
}

export function statusOf(operation: Operation | undefined): OrderStatus | undefined {
  if (operation?.type !== 'ok') return undefined;
  const status = field(operation.value, 'status');
  return isOrderStatus(status) ? status : undefined;
}

export function orderCalls(history: readonly Operation[]): readonly OrderCall[] {
  return pairCalls(history)
    .filter((call) => orderFunctions.has(call.invocation.f))
    .map((call) => {
      const { invocation, completion } = call;
      const placed = invocation.f === 'place-order';
      const orderId =
        stringField(completion?.value, 'orderId') ?? stringField(invocation.value, 'orderId') ?? (placed ? undefined : invocation.key);
      const idempotencyKey = stringField(invocation.value, 'idempotencyKey') ?? (placed ? invocation.key : undefined);
      const status = statusOf(completion);
      return {
        ...call,
        f: invocation.f,
        ...(orderId === undefined ? {} : { orderId }),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        ...(status === undefined ? {} : { status }),
      };
    });
}

/** Quantities by SKU, lines of the same SKU added up. */
export function quantitiesBySku(items: readonly { readonly sku: string; readonly quantity: number }[]): ReadonlyMap<string, number> {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of items) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return quantities;
}

/** The `items` of a `place-order` argument; `undefined` when it has none that can be read. */
export function itemsOf(value: unknown): readonly { readonly sku: string; readonly quantity: number }[] | undefined {
  const items = field(value, 'items');
  if (!Array.isArray(items)) return undefined;
  const read: { sku: string; quantity: number }[] = [];
  for (const item of items as readonly unknown[]) {
    const sku = stringField(item, 'sku');
    const quantity = numberField(item, 'quantity');
    if (sku === undefined || quantity === undefined) return undefined;
    read.push({ sku, quantity });
  }
  return read;
}

export function operationIndexes(...calls: readonly Call[]): readonly number[] {
  return calls.flatMap(({ invocation, completion }) =>
    completion === undefined ? [invocation.index] : [invocation.index, completion.index],
  );
}
