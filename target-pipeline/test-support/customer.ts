/** What customers do: place an order, cancel it, and insist until they are told something final. */
import { TransportError } from '../runtime/port.ts';
import { type Answer, namesOf, type Pipeline } from './pipeline.ts';

export const basket = {
  customer: 'ada',
  items: [
    { sku: 'apple', quantity: 2 },
    { sku: 'pear', quantity: 1 },
  ],
  amountCents: 500,
};

export const place = (pipeline: Pipeline, node: string, key: string, body: unknown = basket, wait = true): Promise<Answer> =>
  pipeline.call(node, 'POST', `/orders${wait ? '?wait=terminal' : ''}`, { key, body });

/** As a customer does: asks again with the same key until it is told something final. */
async function insist(pipeline: Pipeline, call: (node: string) => Promise<Answer>): Promise<Answer> {
  const { timers } = pipeline.world.node('customer').runtime;
  for (let attempt = 0; ; attempt += 1) {
    const node = namesOf('order')[attempt % 3] as string;
    const answer = await call(node).catch((error: unknown) => (error instanceof TransportError ? undefined : Promise.reject(error)));
    if (answer !== undefined && answer.status < 500) return answer;
    if (attempt > 60) throw new Error(`still ${answer?.status ?? 'no answer'} after ${attempt} attempts: ${JSON.stringify(answer?.body)}`);
    await timers.sleep(150);
  }
}

export const placeFor = (pipeline: Pipeline, key: string, body: unknown = basket): Promise<Answer> =>
  insist(pipeline, (node) => place(pipeline, node, key, body, false));
export const cancelFor = (pipeline: Pipeline, orderId: string): Promise<Answer> =>
  insist(pipeline, (node) => pipeline.call(node, 'POST', `/orders/${orderId}/cancel`, { key: `cancel-${orderId}`, deadlineMs: 6_000 }));

/** Is this a call of a saga to payment or inventory? */
export const isEffect = ({ path }: { readonly path: string }): boolean => /^\/(payments|stock)\//.test(path);
