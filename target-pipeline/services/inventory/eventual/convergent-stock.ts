/**
 * Stock without coordination: each instance keeps, per order, the furthest state it has heard of, and two instances that exchange theirs
 * agree. A state-based replicated data type (Shapiro and others, "Conflict-free replicated data types", SSS 2011, section 2): the states of one
 * order are a chain (refused, reserved, committed, released), and joining takes the later one, so it matters neither in which order nor how
 * often news arrives. What it cannot do is refuse the order that another instance has just sold the last unit to: it oversells, and says so.
 */
import type { ReservationState, StockAnswer } from '../stock.ts';

export interface Entry {
  readonly quantity: number;
  readonly state: ReservationState;
  /** When it came to this state, hybrid logical clock. */
  readonly hlc: string;
  /** What the first reserve was told; a retry is told the same. */
  readonly answered?: StockAnswer;
}

export interface Counters {
  readonly initial: number;
  /** Negative when more was promised than there is. */
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
}

/** Of one SKU, by order. */
export type Entries = ReadonlyMap<string, Entry>;

const ranks: Readonly<Record<ReservationState, number>> = { refused: 0, reserved: 1, committed: 2, released: 3 };

/** Commutative, associative, idempotent. */
export function join(a: Entry, b: Entry): Entry {
  const { state, hlc } = later(a, b);
  const answered = earlierAnswer(a.answered, b.answered);
  return { quantity: Math.max(a.quantity, b.quantity), state, hlc, ...(answered === undefined ? {} : { answered }) };
}

function later(a: Entry, b: Entry): Entry {
  if (ranks[a.state] !== ranks[b.state]) return ranks[a.state] > ranks[b.state] ? a : b;
  return a.hlc <= b.hlc ? a : b;
}

function earlierAnswer(a: Entry['answered'], b: Entry['answered']): Entry['answered'] {
  if (a === undefined || b === undefined) return a ?? b;
  return a.hlc < b.hlc || (a.hlc === b.hlc && a.outcome <= b.outcome) ? a : b;
}

export function isSame(a: Entry, b: Entry): boolean {
  return (
    a.quantity === b.quantity &&
    a.state === b.state &&
    a.hlc === b.hlc &&
    a.answered?.outcome === b.answered?.outcome &&
    a.answered?.hlc === b.answered?.hlc
  );
}

export function countersOf(initial: number, entries: Entries): Counters {
  let reserved = 0;
  let sold = 0;
  for (const { state, quantity } of entries.values()) {
    if (state === 'reserved') reserved += quantity;
    else if (state === 'committed') sold += quantity;
  }
  return { initial, available: initial - reserved - sold, reserved, sold };
}
