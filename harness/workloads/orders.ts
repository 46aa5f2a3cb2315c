/**
 * Customers place orders, look at them, and cancel some. The default workload: every seam of the pipeline is in it.
 *
 * Place 60 %, read 30 %, cancel 10 %; a quarter of the placements wait until their order is terminal. Reads and cancels choose among
 * orders that a customer was told of, so which ones depends on the answers. When an operation comes and what its order holds depends on
 * the seed alone; its kind too, except that while no order is known to read or cancel another one is placed.
 */
import { createRandom, type OperationTemplate, type Random, type Seed, unfold } from '../generator/index.ts';
import type { Operation } from '../history/index.ts';
import { createHttpWorkloadClient } from './http-workload.ts';
import {
  amountCentsOf,
  type CancelOrderValue,
  cancelOrder,
  type PlaceOrderValue,
  placedOrder,
  placeOrder,
  readOrder,
} from './order-calls.ts';
import { defineWorkload } from './workload.ts';

const placeShare = 0.6;
const readShare = 0.3;
const waitShare = 0.25;
const skuCount = 50;
const customerCount = 100;
/** Reads and cancels look among the latest orders, which are the ones still moving. */
const readableCount = 64;
const cancellableCount = 16;

interface OrdersState {
  readonly keyPrefix: string;
  /** Draws the kind of each operation, and nothing else, so that answers can't change the sequence of kinds. */
  readonly kinds: Random;
  /** Draws what is in an order. */
  readonly details: Random;
  /** Draws which known order is read or cancelled. */
  readonly choices: Random;
  /** How many were placed. */
  readonly placed: number;
  /** Ids of known orders, latest last. */
  readonly readable: readonly string[];
  /** Those of them that nobody has tried to cancel and that weren't rejected at once. */
  readonly cancellable: readonly string[];
}

function learn(state: OrdersState, { type, f, value }: Operation): OrdersState {
  const order = type === 'ok' && f === 'place-order' ? placedOrder(value) : undefined;
  if (order === undefined) return state;
  const { orderId, status } = order;
  return {
    ...state,
    readable: [...state.readable, orderId].slice(-readableCount),
    cancellable: status === 'REJECTED' ? state.cancellable : [...state.cancellable, orderId].slice(-cancellableCount),
  };
}

function draw(before: OrdersState): { readonly template: OperationTemplate; readonly next: OrdersState } {
  const state = { ...before, kinds: before.kinds.clone(), details: before.details.clone(), choices: before.choices.clone() };
  const kind = state.kinds.float();
  if (kind >= placeShare + readShare && state.cancellable.length > 0) {
    const orderId = state.choices.pick(state.cancellable);
    const value: CancelOrderValue = { orderId, cancelKey: `cancel-${orderId}` };
    const cancellable = state.cancellable.filter((other) => other !== orderId);
    return { template: { f: 'cancel-order', key: orderId, value }, next: { ...state, cancellable } };
  }
  if (kind >= placeShare && state.readable.length > 0) {
    return { template: { f: 'read-order', key: state.choices.pick(state.readable) }, next: state };
  }
  const value = nextOrder(state);
  return { template: { f: 'place-order', key: value.orderKey, value }, next: { ...state, placed: state.placed + 1 } };
}

function nextOrder({ keyPrefix, details, placed }: OrdersState): PlaceOrderValue {
  const first = details.int(1, skuCount);
  // A step of 1 to 49 around a circle of 50 never comes back to the first.
  const second = ((first - 1 + details.int(1, skuCount - 1)) % skuCount) + 1;
  const skus = details.chance(0.5) ? [first] : [first, second];
  return {
    orderKey: `${keyPrefix}-${placed + 1}`,
    customer: `customer-${details.int(1, customerCount)}`,
    amountCents: amountCentsOf(placed),
    items: skus.map((number) => ({ sku: `sku-${number}`, quantity: details.int(1, 2) })),
    wait: details.chance(waitShare) ? 'terminal' : 'durable',
  };
}

export const orders = defineWorkload({
  name: 'orders',
  description: 'Customers place, read and cancel orders of ample stock.',
  defaults: { ratePerSecond: 30, concurrency: 100, opDeadlineMs: 10_000 },
  checkers: ['saga', 'exactly-once', 'acknowledged-loss', 'causal', 'availability', 'latency', 'stats'],
  // A placement is charged, a cancellation refunded.
  callsPerOperation: { payment: placeShare + (1 - placeShare - readShare) },
  operations: (seed: Seed) =>
    unfold<OrdersState>({
      state: {
        keyPrefix: `order-${seed}`,
        kinds: createRandom(seed, 'workload/orders/kinds'),
        details: createRandom(seed, 'workload/orders/details'),
        choices: createRandom(seed, 'workload/orders/choices'),
        placed: 0,
        readable: [],
        cancellable: [],
      },
      draw,
      learn,
    }),
  client: (endpoints, seed) =>
    createHttpWorkloadClient(
      endpoints,
      createRandom(seed, 'workload/orders/homes'),
      { 'place-order': placeOrder, 'read-order': readOrder, 'cancel-order': cancelOrder },
      ['read-order'],
    ),
});
