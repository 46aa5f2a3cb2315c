import { decideInOneChange, type ReserveStock } from '../services/inventory/holding.ts';
import { initialStock, reserve, type Stock, take } from '../services/inventory/stock.ts';
import type { Bug } from './bug.ts';

/** Looks first, takes afterwards: two changes where one is needed. */
const checkThenReserve: ReserveStock = async (registers, call, options) => {
  const looked = await registers.read(call.key, options);
  if (looked.kind !== 'done') return looked;
  const seen = reserve((looked.result as Stock | null) ?? initialStock(call.initial), call.request);
  if (seen.kind !== 'apply' || seen.answer.outcome !== 'reserved') return { kind: 'done', result: seen };
  return decideInOneChange(
    registers,
    call,
    (stock) => (Object.hasOwn(stock.reservations, call.request.orderId) ? reserve(stock, call.request) : take(stock, call.request)),
    options,
  );
};

export const checkThenReserveBug: Bug = {
  name: 'check-then-reserve',
  description: 'Stock is checked in one step and taken in another, so two orders take the last unit.',
  // Slow enough that orders overlap, and long enough to last until the stock runs out, some 20 s into a run.
  nemesis: 'latency:from=inventory:to=replica:requestMs=30:jitterMs=40:durationMs=20000',
  workload: 'stock',
  settings: { time: '35' },
  caughtBy: 'saga',
  apply: (components) => ({ ...components, reserveStock: checkThenReserve }),
};
