import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OrderStatus } from '../../harness/history/index.ts';
import { mayMove, reachable, terminalStatuses } from './order-states.ts';

const statuses: readonly OrderStatus[] = ['PENDING', 'RESERVED', 'CONFIRMED', 'CANCELLING', 'REJECTING', 'CANCELLED', 'REJECTED'];
const anyStatus = fc.constantFrom(...statuses);

describe('order states', () => {
  it('form a DAG: whoever has left a state never comes back', () => {
    fc.assert(fc.property(anyStatus, anyStatus, (from, to) => from === to || !(reachable(from, to) && reachable(to, from))));
  });

  it('can reach exactly what a chain of steps leads to', () => {
    fc.assert(
      fc.property(anyStatus, anyStatus, (from, to) => {
        const found = new Set<OrderStatus>([from]);
        for (const status of found) for (const next of statuses) if (mayMove(status, next)) found.add(next);
        expect(reachable(from, to)).toBe(found.has(to));
      }),
    );
  });

  it('end where nothing follows, except that a customer may cancel what was confirmed', () => {
    const last = statuses.filter((from) => !statuses.some((to) => mayMove(from, to)));
    expect(new Set([...last, 'CONFIRMED'])).toEqual(new Set(terminalStatuses));
  });
});
