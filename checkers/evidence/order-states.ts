/** The order's states as a DAG with absorbing ends: what may follow what. */
import type { OrderStatus } from '../../harness/history/index.ts';

/** `PENDING → REJECTED` needs no `REJECTING` between: nothing was reserved, so nothing is to be undone. */
const successors: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  PENDING: ['RESERVED', 'REJECTING', 'CANCELLING', 'REJECTED'],
  RESERVED: ['CONFIRMED', 'REJECTING', 'CANCELLING'],
  CONFIRMED: ['CANCELLING'],
  CANCELLING: ['CANCELLED'],
  REJECTING: ['REJECTED'],
  CANCELLED: [],
  REJECTED: [],
};

/** A saga that stands here has no step left to do. */
export const terminalStatuses: ReadonlySet<OrderStatus> = new Set<OrderStatus>(['CONFIRMED', 'CANCELLED', 'REJECTED']);

/** Is `to` a next state of `from`? A state is not its own successor. */
export function mayMove(from: OrderStatus, to: OrderStatus): boolean {
  return successors[from].includes(to);
}

/** May an order that was seen in `from` be seen in `to` later, whatever happened between? */
export function reachable(from: OrderStatus, to: OrderStatus): boolean {
  return from === to || successors[from].some((next) => reachable(next, to));
}
