/**
 * What is released is forgotten, so a reserve that was held up on its way finds nothing that forbids it. A store that deletes without a
 * tombstone has its deletes undone by whoever is late (DeCandia and others, "Dynamo", SOSP 2007, section 4; Cassandra's zombie rows).
 */
import { decideInOneChange, type ReleaseStock } from '../services/inventory/holding.ts';
import { release } from '../services/inventory/stock.ts';
import type { Bug } from './bug.ts';

const releaseAndForget: ReleaseStock = (registers, { request, ...register }, options) =>
  decideInOneChange(
    registers,
    register,
    (stock) => {
      const decision = release(stock, request);
      if (decision.kind !== 'apply') return decision;
      const { [request.orderId]: _released, ...reservations } = decision.stock.reservations;
      return { ...decision, stock: { ...decision.stock, reservations } };
    },
    options,
  );

export const noTombstone: Bug = {
  name: 'no-tombstone',
  description: 'Releasing stock leaves no trace, so a reserve that arrives after its cancellation takes the stock for good.',
  nemesis: 'latency:to=inventory:kind=effect:jitterMs=6000:durationMs=10000',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({ ...components, releaseStock: releaseAndForget }),
};
