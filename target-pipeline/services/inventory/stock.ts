/**
 * The stock of one SKU, the value of `stock/<sku>`: counters and the reservations that explain them, in one value, so that effect and
 * idempotency key commit together. Pure transitions. A release that comes before its reserve leaves a tombstone, which wins over the reserve.
 *
 * Reservations that are over are folded into the counters after a while, or a popular SKU would grow by each order ever placed. What is asked
 * of an order that isn't there any more is decided by stamps: whatever was folded had last changed before `foldedBefore`, and nothing changes
 * a reservation earlier than the stamp of what caused the call. So a call whose cause is later than that was never carried out.
 */
import { claim, type IdempotencyRecord } from '../../resilience/index.ts';

export type ReservationState = 'reserved' | 'committed' | 'released' | 'refused';

/** `expired`: the call is so old that nobody knows whether it was carried out, undone and forgotten; it isn't carried out now. */
export type StockOutcome = 'reserved' | 'insufficient' | 'released' | 'expired';

export interface StockAnswer {
  readonly outcome: StockOutcome;
  /** When it was decided. */
  readonly hlc: string;
}

export interface Reservation {
  readonly quantity: number;
  readonly state: ReservationState;
  /** When it last changed, hybrid logical clock. */
  readonly hlc: string;
  /** A duplicate is given the first answer, whatever became of the reservation since. */
  readonly answers: readonly IdempotencyRecord<StockAnswer>[];
}

export interface Stock {
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  /** By order id. */
  readonly reservations: Readonly<Record<string, Reservation>>;
  /** Reservations that were over and last changed before this stamp may have been folded away; absent: none was yet. */
  readonly foldedBefore?: string;
}

interface StockCall {
  readonly orderId: string;
  readonly key: string;
  readonly fingerprint: string;
  /** Stamp of what caused the call, the same each time it is made. */
  readonly cause: string;
  /** When it takes effect, if it does. */
  readonly hlc: string;
}

export interface ReserveRequest extends StockCall {
  readonly quantity: number;
}

export interface ReleaseRequest extends StockCall {
  /** Units of an order that had been confirmed, so that its reservation, if it isn't there, was sold. Absent of any other order. */
  readonly sold?: number;
}

/** `undecidable`: the call is so old that nobody knows whether it was carried out, and it matters. */
export type StockDecision =
  | { readonly kind: 'apply'; readonly stock: Stock; readonly answer: StockAnswer }
  | { readonly kind: 'duplicate'; readonly answer: StockAnswer }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'undecidable' };

export function initialStock(available: number): Stock {
  return { available, reserved: 0, sold: 0, reservations: {} };
}

function reservationOf(stock: Stock, orderId: string): Reservation | undefined {
  return Object.hasOwn(stock.reservations, orderId) ? stock.reservations[orderId] : undefined;
}

/** What was decided before under this key; `undefined` when it is new. */
function repeated(stock: Stock, { key, fingerprint }: StockCall): StockDecision | undefined {
  const records = Object.values(stock.reservations).flatMap(({ answers }) => answers);
  const claimed = claim(records, key, fingerprint);
  if (claimed === 'new') return undefined;
  return claimed === 'mismatch' ? { kind: 'mismatch' } : { kind: 'duplicate', answer: claimed.result };
}

/** The order's reservation as it is after this call, with the answer that the call is given. */
function decided(stock: Stock, call: StockCall, outcome: StockOutcome, reservation: Omit<Reservation, 'answers'>): StockDecision {
  const answer = { outcome, hlc: call.hlc };
  const before = reservationOf(stock, call.orderId)?.answers ?? [];
  const answers = [...before, { key: call.key, fingerprint: call.fingerprint, result: answer }];
  return {
    kind: 'apply',
    answer,
    stock: { ...stock, reservations: { ...stock.reservations, [call.orderId]: { ...reservation, answers } } },
  };
}

function mayBeFolded({ foldedBefore }: Stock, { cause }: StockCall): boolean {
  return foldedBefore !== undefined && cause < foldedBefore;
}

const outcomeOfState: Readonly<Record<ReservationState, StockOutcome>> = {
  reserved: 'reserved',
  committed: 'reserved',
  released: 'released',
  refused: 'insufficient',
};

export function reserve(stock: Stock, call: ReserveRequest): StockDecision {
  const { orderId, quantity, hlc } = call;
  const before = repeated(stock, call);
  if (before !== undefined) return before;
  const known = reservationOf(stock, orderId);
  if (known !== undefined) {
    // A tombstone (quantity 0) answers a reserve of any quantity: it came to forbid it.
    if (known.quantity !== quantity && known.quantity !== 0) return { kind: 'mismatch' };
    return decided(stock, call, outcomeOfState[known.state], { ...known, hlc });
  }
  if (mayBeFolded(stock, call)) return decided(stock, call, 'expired', { quantity, state: 'refused', hlc });
  if (stock.available < quantity) return decided(stock, call, 'insufficient', { quantity, state: 'refused', hlc });
  return take(stock, call);
}

/** Moves units from available to reserved, whatever is available. */
export function take(stock: Stock, call: ReserveRequest): StockDecision {
  const { quantity, hlc } = call;
  const taken = { ...stock, available: stock.available - quantity, reserved: stock.reserved + quantity };
  return decided(taken, call, 'reserved', { quantity, state: 'reserved', hlc });
}

/** Gives a reservation back, or sold stock (restock). */
export function release(stock: Stock, call: ReleaseRequest): StockDecision {
  const { orderId, sold, hlc } = call;
  const before = repeated(stock, call);
  if (before !== undefined) return before;
  const known = reservationOf(stock, orderId);
  if (known === undefined && sold !== undefined) {
    if (mayBeFolded(stock, call)) return { kind: 'undecidable' };
    return decided(givenBack(stock, 'committed', sold), call, 'released', { quantity: sold, state: 'released', hlc });
  }
  const { quantity, state } = known ?? { quantity: 0, state: 'released' as const };
  return decided(givenBack(stock, state, quantity), call, 'released', { quantity, state: 'released', hlc });
}

/** The counters after units in this state have become available again. */
export function givenBack(stock: Stock, state: ReservationState, quantity: number): Stock {
  switch (state) {
    case 'reserved':
      return { ...stock, available: stock.available + quantity, reserved: stock.reserved - quantity };
    case 'committed':
      return { ...stock, available: stock.available + quantity, sold: stock.sold - quantity };
    case 'released':
    case 'refused':
      return stock;
    default:
      return state satisfies never;
  }
}

/** What a confirmed order does to the stock; replaceable as one component. */
export type Sell = (stock: Stock, orderIds: readonly string[], hlc: string) => Stock;

/** Turns the reservations of confirmed orders into sales, once however often it is told. What was released meanwhile stays released. */
export const commit: Sell = (stock, orderIds, hlc) =>
  orderIds.reduce((now, orderId) => {
    const known = reservationOf(now, orderId);
    if (known?.state !== 'reserved') return now;
    return {
      ...now,
      reserved: now.reserved - known.quantity,
      sold: now.sold + known.quantity,
      reservations: { ...now.reservations, [orderId]: { ...known, state: 'committed', hlc } },
    };
  }, stock);

/** Drops reservations that are over and last changed before `beforeHlc`. */
export function fold(stock: Stock, beforeHlc: string): Stock {
  const all = Object.entries(stock.reservations);
  const kept = all.filter(([, one]) => one.state === 'reserved' || one.hlc >= beforeHlc);
  if (kept.length === all.length) return stock;
  const { foldedBefore = beforeHlc } = stock;
  return { ...stock, reservations: Object.fromEntries(kept), foldedBefore: foldedBefore > beforeHlc ? foldedBefore : beforeHlc };
}
