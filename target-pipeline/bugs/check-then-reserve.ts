import type { ReserveStock } from '../services/inventory/reserving.ts';
import { initialStock, reserve, type Stock, type StockDecision, take } from '../services/inventory/stock.ts';
import type { Bug } from './bug.ts';

/** Looks first, takes afterwards: two changes where one is needed. */
const checkThenReserve: ReserveStock = async (registers, call, options) => {
  const looked = await registers.read(call.key, options);
  if (looked.kind !== 'done') return looked;
  const seen = (looked.result as Stock | null) ?? initialStock(call.initial);
  const decision = reserve(seen, call.orderId, call.quantity, call.hlc);
  if (decision.kind !== 'apply' || decision.outcome !== 'reserved') return { kind: 'done', result: decision };
  return registers.change<StockDecision>(
    call.key,
    (value) => {
      const stock = (value as Stock | null) ?? initialStock(call.initial);
      if (Object.hasOwn(stock.reservations, call.orderId))
        return { kind: 'keep', result: reserve(stock, call.orderId, call.quantity, call.hlc) };
      const taken = take(stock, call.orderId, call.quantity, call.hlc);
      return { kind: 'set', value: taken, result: { kind: 'apply', stock: taken, outcome: 'reserved' } };
    },
    options,
  );
};

export const checkThenReserveBug: Bug = {
  name: 'check-then-reserve',
  description: 'Stock is checked in one step and taken in another, so two orders take the last unit.',
  // Slow enough that orders overlap, and long enough to last until the stock runs out, some 20 s into a run.
  nemesis: 'latency:from=inventory:to=replica:requestMs=30:jitterMs=40:durationMs=20000',
  workload: 'stock',
  caughtBy: 'saga',
  apply: (components) => ({ ...components, reserveStock: checkThenReserve }),
};
