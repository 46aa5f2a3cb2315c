/** Calls of the order API that several workloads make, and what their answers must look like. */
import { z } from 'zod';
import type { OrderStatus } from '../history/index.ts';
import type { CallFor } from './http-workload.ts';

const orderStatus = z.enum([
  'PENDING',
  'RESERVED',
  'CONFIRMED',
  'CANCELLING',
  'REJECTING',
  'CANCELLED',
  'REJECTED',
] satisfies OrderStatus[]);

const placeOrderValue = z.strictObject({
  /** Its idempotency key, and the name by which it is known before it has an id. */
  orderKey: z.string(),
  customer: z.string(),
  amountCents: z.int().positive(),
  items: z.array(z.strictObject({ sku: z.string(), quantity: z.int().positive() })).min(1),
  /** Whether the answer is to come only when the order is terminal. */
  wait: z.enum(['durable', 'terminal']),
});
export type PlaceOrderValue = z.infer<typeof placeOrderValue>;

const cancelOrderValue = z.strictObject({ orderId: z.string(), cancelKey: z.string() });
export type CancelOrderValue = z.infer<typeof cancelOrderValue>;

const orderAnswer = z.object({ orderId: z.string().min(1), status: orderStatus, amountCents: z.int() });
const cancelAnswer = z.object({ orderId: z.string().min(1), status: orderStatus });
const stockAnswer = z.object({ sku: z.string(), initial: z.int(), available: z.int(), reserved: z.int(), sold: z.int() });

/** Amounts are distinct powers of two in each group of so many orders: a wrong balance names the orders in it. */
export const amountGroupSize = 20;

export function amountCentsOf(orderNumber: number): number {
  return 2 ** (orderNumber % amountGroupSize);
}

export const placeOrder: CallFor = ({ value }) => {
  const { orderKey, customer, items, amountCents, wait } = placeOrderValue.parse(value);
  return {
    method: 'POST',
    path: wait === 'terminal' ? '/orders?wait=terminal' : '/orders',
    idempotencyKey: orderKey,
    body: { customer, items, amountCents },
    pure: false,
    accept: (body) => orderAnswer.parse(body),
  };
};

export const readOrder: CallFor = ({ key }) => ({
  method: 'GET',
  path: `/orders/${encodeURIComponent(z.string().parse(key))}`,
  pure: true,
  accept: (body) => orderAnswer.parse(body),
});

export const cancelOrder: CallFor = ({ value }) => {
  const { orderId, cancelKey } = cancelOrderValue.parse(value);
  return {
    method: 'POST',
    path: `/orders/${encodeURIComponent(orderId)}/cancel`,
    idempotencyKey: cancelKey,
    pure: false,
    accept: (body) => cancelAnswer.parse(body),
  };
};

export const readStock: CallFor = ({ key }) => ({
  method: 'GET',
  path: `/stock/${encodeURIComponent(z.string().parse(key))}`,
  pure: true,
  accept: (body) => stockAnswer.parse(body),
});

/** The order that a successful `place-order` made known, from the value of its completion. */
export function placedOrder(value: unknown): { readonly orderId: string; readonly status: OrderStatus } | undefined {
  const answer = orderAnswer.safeParse(value);
  return answer.success ? answer.data : undefined;
}
