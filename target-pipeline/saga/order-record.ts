/**
 * The record of an order, the value of `order/<id>`: what was asked, where its saga stands, and the events still to be published.
 * Transitions are pure functions of the record; the table below is the whole state machine.
 */
import type { OrderEvent } from '../events/event.ts';

export type OrderStatus = 'PENDING' | 'RESERVED' | 'CONFIRMED' | 'REJECTING' | 'CANCELLING' | 'REJECTED' | 'CANCELLED';

/** A directed acyclic graph; what has no successor absorbs. */
export const successors: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  PENDING: ['RESERVED', 'REJECTING', 'CANCELLING'],
  RESERVED: ['CONFIRMED', 'REJECTING', 'CANCELLING'],
  CONFIRMED: ['CANCELLING'],
  REJECTING: ['REJECTED'],
  CANCELLING: ['CANCELLED'],
  REJECTED: [],
  CANCELLED: [],
};

export interface Item {
  readonly sku: string;
  readonly quantity: number;
}

/** A step is written down with its idempotency key before it is attempted, so that a new leader asks with the same key. */
export interface StepRecord {
  readonly step: string;
  readonly idempotencyKey: string;
  /** Stamp of the transition that planned it: the cause of whatever the step does. */
  readonly plannedAt: string;
}

export interface OrderRecord {
  readonly orderId: string;
  readonly idempotencyKey: string;
  readonly fingerprint: string;
  readonly customer: string;
  readonly items: readonly Item[];
  readonly amountCents: number;
  readonly status: OrderStatus;
  readonly transitions: readonly { readonly status: OrderStatus; readonly hlc: string }[];
  readonly steps: readonly StepRecord[];
  /** Why the order was or is being rejected. */
  readonly rejection?: 'insufficient-stock' | 'payment-declined';
  /** Outbox: committed with the state change that caused it, relayed to the log afterwards. */
  readonly unpublished: readonly OrderEvent[];
}

export interface OrderRequest {
  readonly customer: string;
  readonly items: readonly Item[];
  readonly amountCents: number;
}

/** Keys are `orderId:step:epoch`; the epoch is 0 as long as no step is ever redone with another meaning. */
function plan(orderId: string, step: string, hlc: string): StepRecord {
  return { step, idempotencyKey: `${orderId}:${step}:0`, plannedAt: hlc };
}

export function newOrder(orderId: string, idempotencyKey: string, fingerprint: string, request: OrderRequest, hlc: string): OrderRecord {
  return {
    orderId,
    idempotencyKey,
    fingerprint,
    customer: request.customer,
    items: request.items,
    amountCents: request.amountCents,
    status: 'PENDING',
    transitions: [{ status: 'PENDING', hlc }],
    steps: request.items.map((item) => plan(orderId, reserveStep(item.sku), hlc)),
    unpublished: [],
  };
}

export const reserveStep = (sku: string): string => `reserve-${sku}`;
export const releaseStep = (sku: string): string => `release-${sku}`;

function stepsOf(record: OrderRecord, status: OrderStatus): readonly string[] {
  switch (status) {
    case 'RESERVED':
      return ['capture'];
    case 'CANCELLING':
      return ['refund', ...record.items.map((item) => releaseStep(item.sku))];
    case 'REJECTING':
      return record.items.map((item) => releaseStep(item.sku));
    default:
      return [];
  }
}

function eventsOf(record: OrderRecord, status: OrderStatus, hlc: string): readonly OrderEvent[] {
  const type = status === 'CONFIRMED' ? 'order-confirmed' : status === 'CANCELLED' ? 'order-cancelled' : undefined;
  if (type === undefined) return [];
  return [
    {
      id: `${record.orderId}:${type}`,
      type,
      orderId: record.orderId,
      items: record.items,
      hlc,
      dependsOn: record.transitions.slice(-1).map((transition) => transition.hlc),
    },
  ];
}

/** The record after a transition, or `undefined` when the state machine doesn't allow it from where the record stands. */
export function transition(
  record: OrderRecord,
  status: OrderStatus,
  hlc: string,
  rejection?: OrderRecord['rejection'],
): OrderRecord | undefined {
  if (!successors[record.status].includes(status)) return undefined;
  const known = new Set(record.steps.map((step) => step.step));
  return {
    ...record,
    status,
    transitions: [...record.transitions, { status, hlc }],
    steps: [
      ...record.steps,
      ...stepsOf(record, status)
        .filter((step) => !known.has(step))
        .map((step) => plan(record.orderId, step, hlc)),
    ],
    ...(rejection === undefined ? {} : { rejection }),
    unpublished: [...record.unpublished, ...eventsOf(record, status, hlc)],
  };
}

export function published(record: OrderRecord, eventIds: ReadonlySet<string>): OrderRecord {
  return { ...record, unpublished: record.unpublished.filter((event) => !eventIds.has(event.id)) };
}

export function wasConfirmed({ transitions }: OrderRecord): boolean {
  return transitions.some(({ status }) => status === 'CONFIRMED');
}

export function isTerminal(status: OrderStatus): boolean {
  return status === 'CONFIRMED' || status === 'REJECTED' || status === 'CANCELLED';
}

/** Does the saga still owe this order something? */
export function isOpen(record: OrderRecord): boolean {
  return !isTerminal(record.status) || record.unpublished.length > 0;
}

export function stepNamed(record: OrderRecord, step: string): StepRecord {
  const found = record.steps.find((candidate) => candidate.step === step);
  if (found === undefined)
    throw new Error(`order ${record.orderId} in ${record.status} has no step ${step}; it must be recorded before it is attempted`);
  return found;
}
