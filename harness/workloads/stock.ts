/**
 * A rush on three SKUs of which there is too little: orders of one to three units that wait for their fate, until everything is sold and
 * most are rejected, while others watch the stock. Overselling shows here first.
 */
import { createRandom, generate, mix, type OperationTemplate, type Random, type Seed, unfold } from '../generator/index.ts';
import { createHttpWorkloadClient } from './http-workload.ts';
import { amountCentsOf, type PlaceOrderValue, placeOrder, readStock } from './order-calls.ts';
import { defineWorkload } from './workload.ts';

export const hotSkus: readonly string[] = ['hot-1', 'hot-2', 'hot-3'];
const placeWeight = 7;
const readWeight = 3;
const customerCount = 100;
const largestQuantity = 3;

interface Placements {
  readonly keyPrefix: string;
  readonly random: Random;
  readonly placed: number;
}

function drawPlacement({ keyPrefix, random: before, placed }: Placements): {
  readonly template: OperationTemplate;
  readonly next: Placements;
} {
  const random = before.clone();
  const value: PlaceOrderValue = {
    orderKey: `${keyPrefix}-${placed + 1}`,
    customer: `customer-${random.int(1, customerCount)}`,
    amountCents: amountCentsOf(placed),
    items: [{ sku: random.pick(hotSkus), quantity: random.int(1, largestQuantity) }],
    wait: 'terminal',
  };
  return { template: { f: 'place-order', key: value.orderKey, value }, next: { keyPrefix, random, placed: placed + 1 } };
}

export const stock = defineWorkload({
  name: 'stock',
  description: 'A rush on three SKUs with too little stock, watched by readers.',
  defaults: { ratePerSecond: 20, concurrency: 60, opDeadlineMs: 10_000 },
  checkers: ['saga', 'exactly-once', 'acknowledged-loss', 'availability', 'latency', 'stats'],
  operations: (seed: Seed) =>
    mix(createRandom(seed, 'workload/stock/kinds'), [
      {
        weight: placeWeight,
        generator: unfold<Placements>({
          state: { keyPrefix: `stock-${seed}`, random: createRandom(seed, 'workload/stock/placements'), placed: 0 },
          draw: drawPlacement,
        }),
      },
      {
        weight: readWeight,
        generator: generate(createRandom(seed, 'workload/stock/reads'), (random) => ({ f: 'read-stock', key: random.pick(hotSkus) })),
      },
    ]),
  client: (endpoints, seed) =>
    createHttpWorkloadClient(
      endpoints,
      createRandom(seed, 'workload/stock/homes'),
      { 'place-order': placeOrder, 'read-stock': readStock },
      ['read-stock'],
    ),
});
