/**
 * The stock of one SKU, the value of `stock/<sku>`: counters and the reservations that explain them, in one value. Pure transitions.
 * A release that comes before its reserve leaves a tombstone, which wins over the reserve.
 */
export type ReservationState = 'reserved' | 'committed' | 'released' | 'refused';

export interface Reservation {
  readonly quantity: number;
  readonly state: ReservationState;
  /** When it last changed, hybrid logical clock. */
  readonly hlc: string;
}

export interface Stock {
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  /** By order id. Final ones are folded away once no retry of theirs can come any more. */
  readonly reservations: Readonly<Record<string, Reservation>>;
}

export type StockOutcome = 'reserved' | 'insufficient' | 'released';
export type StockDecision =
  | { readonly kind: 'apply'; readonly stock: Stock; readonly outcome: StockOutcome }
  | { readonly kind: 'duplicate'; readonly outcome: StockOutcome; readonly hlc: string }
  | { readonly kind: 'mismatch' };

export function initialStock(available: number): Stock {
  return { available, reserved: 0, sold: 0, reservations: {} };
}

function withReservation(stock: Stock, orderId: string, reservation: Reservation): Stock['reservations'] {
  return { ...stock.reservations, [orderId]: reservation };
}

function reservationOf(stock: Stock, orderId: string): Reservation | undefined {
  return Object.hasOwn(stock.reservations, orderId) ? stock.reservations[orderId] : undefined;
}

const outcomeOfState: Readonly<Record<ReservationState, StockOutcome>> = {
  reserved: 'reserved',
  committed: 'reserved',
  released: 'released',
  refused: 'insufficient',
};

export function reserve(stock: Stock, orderId: string, quantity: number, hlc: string): StockDecision {
  const known = reservationOf(stock, orderId);
  if (known !== undefined) {
    // A tombstone (quantity 0) answers a reserve of any quantity: it came to forbid it.
    if (known.quantity !== quantity && known.quantity !== 0) return { kind: 'mismatch' };
    return { kind: 'duplicate', outcome: outcomeOfState[known.state], hlc: known.hlc };
  }
  if (stock.available < quantity) {
    return {
      kind: 'apply',
      outcome: 'insufficient',
      stock: { ...stock, reservations: withReservation(stock, orderId, { quantity, state: 'refused', hlc }) },
    };
  }
  return { kind: 'apply', outcome: 'reserved', stock: take(stock, orderId, quantity, hlc) };
}

/** Moves `quantity` from available to reserved, whatever is available. */
export function take(stock: Stock, orderId: string, quantity: number, hlc: string): Stock {
  return {
    ...stock,
    available: stock.available - quantity,
    reserved: stock.reserved + quantity,
    reservations: withReservation(stock, orderId, { quantity, state: 'reserved', hlc }),
  };
}

/** Gives a reservation back, or sold stock (restock). */
export function release(stock: Stock, orderId: string, hlc: string): StockDecision {
  const known = reservationOf(stock, orderId);
  if (known?.state === 'released') return { kind: 'duplicate', outcome: 'released', hlc: known.hlc };
  const quantity = known?.quantity ?? 0;
  const back = known?.state === 'reserved' || known?.state === 'committed' ? quantity : 0;
  return {
    kind: 'apply',
    outcome: 'released',
    stock: {
      available: stock.available + back,
      reserved: stock.reserved - (known?.state === 'reserved' ? back : 0),
      sold: stock.sold - (known?.state === 'committed' ? back : 0),
      reservations: withReservation(stock, orderId, { quantity, state: 'released', hlc }),
    },
  };
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
      reservations: withReservation(now, orderId, { ...known, state: 'committed', hlc }),
    };
  }, stock);

/** Drops released and refused reservations last touched before `beforeHlc`. Committed ones stay: a restock may still come for them. */
export function fold(stock: Stock, beforeHlc: string): Stock {
  const kept = Object.entries(stock.reservations).filter(
    ([, one]) => one.state === 'reserved' || one.state === 'committed' || one.hlc >= beforeHlc,
  );
  return kept.length === Object.keys(stock.reservations).length ? stock : { ...stock, reservations: Object.fromEntries(kept) };
}
