/** The decisions of an orchestrator; each is replaceable. */
import type { OrderEvent } from '../events/event.ts';
import { type Registers, scanAllKeys } from '../store/index.ts';
import type { StepOutcome } from './effects.ts';
import type { OrderRecord } from './order-record.ts';

/** How a compensation is carried through. `attempt` asks once, with the same key each time. */
export type Compensate = (
  attempt: (round: number) => Promise<StepOutcome>,
  pause: (round: number) => Promise<boolean>,
) => Promise<StepOutcome>;

/** Until it is done: a compensation may not fail, only take longer. */
export const compensateUntilDone: Compensate = async (attempt, pause) => {
  for (let round = 0; ; round += 1) {
    const outcome = await attempt(round);
    if (outcome.kind !== 'pending' || !(await pause(round))) return outcome;
  }
};

/** A transition of an order on its way into the record. */
export interface Transitioning {
  /** What the transition has to tell. */
  readonly events: readonly OrderEvent[];
  /** Changes the record, with the events in its outbox or without; the record after it, or `undefined` when nobody knows. */
  store(events: 'in-outbox' | 'left-out'): Promise<OrderRecord | undefined>;
  /** Resolves `true` once the event is in the log. */
  publish(event: OrderEvent): Promise<boolean>;
}

export type MakeTransition = (transition: Transitioning) => Promise<OrderRecord | undefined>;

/** State and events are one value, so neither is ever without the other; the log is told from there, as often as it takes. */
export const eventsInOutbox: MakeTransition = ({ store }) => store('in-outbox');

/** Keys of orders whose sagas may be unfinished; `undefined` when no quorum answered. */
export type FindUnfinished = (registers: Registers, prefix: string) => Promise<readonly string[] | undefined>;

const unfinishedMax = 500;
const scanTimeoutMs = 1000;

export const findByScan: FindUnfinished = (registers, prefix) =>
  scanAllKeys(registers, { prefix, openOnly: true, limit: unfinishedMax, deadlineMs: scanTimeoutMs });

export interface SagaRules {
  readonly compensate: Compensate;
  readonly makeTransition: MakeTransition;
  readonly findUnfinished: FindUnfinished;
  /** Must a cancelled order be refunded? Asking for a refund of what wasn't captured is harmless, and keeps a late capture out. */
  owesRefund(record: OrderRecord): boolean;
  /** The record that a move from `known` changes, given what the register holds now; `undefined`: somebody else has moved it. */
  basis(known: OrderRecord, current: OrderRecord): OrderRecord | undefined;
}

export const sagaRules: SagaRules = {
  compensate: compensateUntilDone,
  makeTransition: eventsInOutbox,
  findUnfinished: findByScan,
  owesRefund: () => true,
  basis: (known, current) => (known.status === current.status ? current : undefined),
};
