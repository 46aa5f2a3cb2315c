/** Calls on a collection of distinct values, by value: when each was put in, and when it was taken out. */
import { type Call, type CollectionAction, Interner } from '../../models/index.ts';
import { callPositions, type Partition, type PartitionedHistory } from '../partitions.ts';
import { NEVER } from '../problem.ts';

/** Positions in the partition's events, `NEVER` for what did not happen; all but the last three by value. */
export interface CollectionSpans {
  readonly insertCalled: Int32Array;
  readonly insertReturned: Int32Array;
  /** Of the removal that returned first. */
  readonly removeCalled: Int32Array;
  readonly removeReturned: Int32Array;
  /** The earliest call that may have removed it, while none has returned. */
  readonly mayLeave: Int32Array;
  /** By call that found nothing. */
  readonly emptyCalled: Int32Array;
  readonly emptyReturned: Int32Array;
  /** The return of the earliest removal of a value that another had removed and returned before; no order explains it. */
  readonly secondRemoval: number;
  /** The earliest call of a removal of which nobody knows what it removed. */
  readonly unknownRemoval: number;
}

/** `undefined` when values are not distinct (one was put in twice), or a call is not one of a collection. */
export function collectionSpans(
  history: PartitionedHistory,
  partition: Partition,
  actionOf: (call: Call) => CollectionAction | undefined,
): CollectionSpans | undefined {
  const { count, calls, returns } = partition;
  const called = callPositions(partition);
  const values = new Interner();
  const spans = new GrowingSpans(count);
  const emptyCalled: number[] = [];
  const emptyReturned: number[] = [];
  let secondRemoval = NEVER;
  let unknownRemoval = NEVER;
  for (let local = 0; local < count; local++) {
    const action = actionOf(history.callOf(calls[local] as number));
    if (action === undefined) return undefined;
    const call = called[local] as number;
    const returned = returns[local] as number;
    if (action.kind === 'remove-unknown') {
      unknownRemoval = Math.min(unknownRemoval, call);
      continue;
    }
    if (action.kind === 'empty') {
      emptyCalled.push(call);
      emptyReturned.push(returned);
      continue;
    }
    const value = values.intern(action.value);
    if (action.kind === 'insert') {
      if (spans.insertCalled[value] !== NEVER) return undefined;
      spans.insertCalled[value] = call;
      spans.insertReturned[value] = returned;
    } else secondRemoval = Math.min(secondRemoval, spans.remove(value, call, returned));
  }
  return {
    ...spans.upTo(values.size),
    emptyCalled: Int32Array.from(emptyCalled),
    emptyReturned: Int32Array.from(emptyReturned),
    secondRemoval,
    unknownRemoval,
  };
}

class GrowingSpans {
  readonly insertCalled: Int32Array;
  readonly insertReturned: Int32Array;
  readonly #removeCalled: Int32Array;
  readonly #removeReturned: Int32Array;
  readonly #mayLeave: Int32Array;

  /** There are at most as many values as calls. */
  constructor(most: number) {
    this.insertCalled = new Int32Array(most).fill(NEVER);
    this.insertReturned = new Int32Array(most).fill(NEVER);
    this.#removeCalled = new Int32Array(most).fill(NEVER);
    this.#removeReturned = new Int32Array(most).fill(NEVER);
    this.#mayLeave = new Int32Array(most).fill(NEVER);
  }

  /** Returns when a removal that is one too many returned, `NEVER` when this is the first. */
  remove(value: number, called: number, returned: number): number {
    const before = this.#removeReturned[value] as number;
    this.#mayLeave[value] = Math.min(this.#mayLeave[value] as number, called);
    if (returned < before) {
      this.#removeCalled[value] = called;
      this.#removeReturned[value] = returned;
    }
    return Math.max(returned, before);
  }

  upTo(count: number) {
    return {
      insertCalled: this.insertCalled.subarray(0, count),
      insertReturned: this.insertReturned.subarray(0, count),
      removeCalled: this.#removeCalled.subarray(0, count),
      removeReturned: this.#removeReturned.subarray(0, count),
      mayLeave: this.#mayLeave.subarray(0, count),
    };
  }
}

/**
 * The same, where any value may have been taken by one of the removals of which nobody knows what they removed, as if there were enough of
 * them for all: whatever explains the history explains this one as well.
 */
export function withEveryUnknownRemoval(spans: CollectionSpans): CollectionSpans {
  return { ...spans, mayLeave: spans.mayLeave.map((called) => Math.min(called, spans.unknownRemoval)) };
}

/** A history cut off before position `end`: what happened to each value by then. */
export class CollectionCut {
  readonly spans: CollectionSpans;
  readonly end: number;
  readonly #settled: number;
  #earliest = NEVER;

  constructor(spans: CollectionSpans, end: number) {
    this.spans = spans;
    this.end = end;
    this.#settled = settledBy(spans, end);
    const { insertCalled, removeReturned, secondRemoval } = spans;
    for (let value = 0; value < insertCalled.length; value++) {
      const removed = removeReturned[value] as number;
      // Taken out before it was put in.
      if (removed < end && (insertCalled[value] as number) > removed) this.found(removed);
    }
    if (secondRemoval < end) this.found(secondRemoval);
    this.#findCoveredEmpties();
  }

  /** A return by which there is a conflict. */
  found(position: number): void {
    this.#earliest = Math.min(this.#earliest, Math.max(position, this.#settled));
  }

  get conflict(): number {
    return this.#earliest === NEVER ? -1 : this.#earliest;
  }

  /** Return of the call that put it in, `NEVER` when that is not known. */
  inserted(value: number): number {
    return before(this.spans.insertReturned[value] as number, this.end);
  }

  /** Return of the call that took it out. */
  removed(value: number): number {
    return before(this.spans.removeReturned[value] as number, this.end);
  }

  /** Until when it is certain not to have been taken out. */
  leaves(value: number): number {
    const { removeCalled, removeReturned, mayLeave } = this.spans;
    if ((removeReturned[value] as number) < this.end) return removeCalled[value] as number;
    return before(mayLeave[value] as number, this.end);
  }

  /** Removals that found nothing, though at every instant of their intervals some value was certainly there. */
  #findCoveredEmpties(): void {
    const { insertReturned, emptyCalled, emptyReturned } = this.spans;
    if (emptyCalled.length === 0) return;
    const { end } = this;
    // A value is certainly there from the return of its insertion to the call of its removal. Add up where that is.
    const certainly = new Int32Array(end + 1);
    for (let value = 0; value < insertReturned.length; value++) {
      const from = insertReturned[value] as number;
      const to = Math.min(this.leaves(value), end);
      if (from >= to) continue;
      certainly[from] = (certainly[from] as number) + 1;
      certainly[to] = (certainly[to] as number) - 1;
    }
    // Position → how many of the gaps between events before it are certainly not covered.
    const gaps = new Int32Array(end + 1);
    let present = 0;
    for (let position = 0; position < end; position++) {
      present += certainly[position] as number;
      gaps[position + 1] = (gaps[position] as number) + (present === 0 ? 1 : 0);
    }
    for (let at = 0; at < emptyCalled.length; at++) {
      const returned = emptyReturned[at] as number;
      if (returned < end && gaps[returned] === gaps[emptyCalled[at] as number]) this.found(returned);
    }
  }
}

/** By then it is known which removal took which value: what is certain at `end` was certain then, and not before. */
function settledBy({ mayLeave, removeCalled, removeReturned }: CollectionSpans, end: number): number {
  let settled = -1;
  for (let value = 0; value < removeReturned.length; value++) {
    const removed = removeReturned[value] as number;
    const contended = (mayLeave[value] as number) < (removeCalled[value] as number);
    if (contended && removed < end && removed > settled) settled = removed;
  }
  return settled;
}

const before = (position: number, end: number): number => (position < end ? position : NEVER);
