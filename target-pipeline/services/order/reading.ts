/** How an order is looked up for a customer; replaceable as one component. */
import type { OrderRecord } from '../../saga/index.ts';
import { orderKey } from '../../saga/index.ts';
import type { ChangeOutcome, Registers } from '../../store/index.ts';

/** `null`: there is none. */
export type ReadOrder = (registers: Registers, orderId: string, deadlineMs: number) => Promise<ChangeOutcome<OrderRecord | null>>;

/** From a quorum, each time: whoever was told of a state must not be shown an earlier one, whichever node is asked. */
export const readFromQuorum: ReadOrder = async (registers, orderId, deadlineMs) =>
  (await registers.read(orderKey(orderId), { deadlineMs })) as ChangeOutcome<OrderRecord | null>;
