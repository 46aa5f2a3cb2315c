/**
 * Each node remembers the orders it has read for a moment, and shows a customer what another node knows to be over. Stale reads from whoever
 * believes to be up to date are the classic finding of Jepsen ("Call me maybe: MongoDB stale reads", 2015).
 */
import type { OrderRecord } from '../saga/index.ts';
import { type ReadOrder, readFromQuorum } from '../services/order/reading.ts';
import type { Bug } from './bug.ts';

const keptOrders = 1000;

function readThroughCache(): ReadOrder {
  const kept = new Map<string, OrderRecord>();
  return async (registers, orderId, deadlineMs) => {
    const known = kept.get(orderId);
    if (known !== undefined) return { kind: 'done', result: known };
    const outcome = await readFromQuorum(registers, orderId, deadlineMs);
    if (kept.size >= keptOrders) kept.clear();
    if (outcome.kind === 'done' && outcome.result !== null) kept.set(orderId, outcome.result);
    return outcome;
  };
}

export const readsFromCache: Bug = {
  name: 'reads-from-cache',
  description: 'Order nodes answer reads from a cache that nobody tells of changes.',
  nemesis: 'none',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({ ...components, readOrder: readThroughCache() }),
};
