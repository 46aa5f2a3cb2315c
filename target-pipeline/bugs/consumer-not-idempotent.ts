/**
 * The consumer counts what it is told, as often as it is told. Logs deliver at least once: a batch comes again when its consumer dies before it
 * commits, and an effect that isn't idempotent then happens twice (Helland, "Idempotence Is Not a Medical Condition", ACM Queue 2012).
 */
import type { Sell } from '../services/inventory/stock.ts';
import type { Bug } from './bug.ts';

const countEveryTime: Sell = (stock, orderIds, hlc) =>
  orderIds.reduce((now, orderId) => {
    const known = now.reservations[orderId];
    if (known === undefined || known.state === 'released') return now;
    return {
      ...now,
      reserved: now.reserved - known.quantity,
      sold: now.sold + known.quantity,
      reservations: { ...now.reservations, [orderId]: { ...known, state: 'committed', hlc } },
    };
  }, stock);

export const consumerNotIdempotent: Bug = {
  name: 'consumer-not-idempotent',
  description: 'The consumer of events counts a sale every time it is told of it.',
  nemesis: 'latency:from=inventory:to=replica:requestMs=150:durationMs=12000,kill:targets=inventory',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({ ...components, sell: countEveryTime }),
};
