/**
 * Decides FIFO queues whose values are each enqueued at most once, in linear time after positions are known, by the patterns that every history
 * without an explanation contains (Bouajjani, Emmi, Enea, Hamza, "On reducing linearizability to state reachability", ICALP 2015, §4):
 * 1. a value is dequeued that was never enqueued, or dequeued twice, or dequeued before it was enqueued;
 * 2. of two values, the first enqueued leaves second (or never): its enqueue precedes the other's, whose dequeue precedes its own;
 * 3. a dequeue found nothing, although at every instant of its interval some value was certainly in the queue.
 *
 * An enqueue without a known end whose value was dequeued has an open end; if nobody dequeued it, it need not have happened. A dequeue
 * without a known end may have removed anything, which these patterns don't cover: such histories are searched.
 */
import { type Call, type CollectionAction, Interner } from '../models/index.ts';
import type { Partition, PartitionedHistory } from './partitions.ts';
import { NEVER } from './problem.ts';

export interface QueueColumns {
  /** Value → local call that enqueued it, and the one that dequeued it; -1 for none. */
  readonly enqueues: Int32Array;
  readonly dequeues: Int32Array;
  /** Local calls that found the queue empty. */
  readonly empties: Int32Array;
}

/** `undefined` when the patterns don't apply: a value was enqueued twice, or nobody knows what a dequeue removed. */
export function queueColumns(
  history: PartitionedHistory,
  partition: Partition,
  actionOf: (call: Call) => CollectionAction | undefined,
): QueueColumns | undefined {
  const values = new Interner();
  const enqueues: number[] = [];
  const dequeues: number[] = [];
  const empties: number[] = [];
  for (let local = 0; local < partition.count; local++) {
    const action = actionOf(history.callOf(partition.calls[local] as number));
    if (action === undefined) return undefined;
    if (action.kind === 'empty') {
      empties.push(local);
      continue;
    }
    const value = values.intern(action.value);
    if (value === enqueues.length) {
      enqueues.push(-1);
      dequeues.push(-1);
    }
    const column = action.kind === 'insert' ? enqueues : dequeues;
    // A value dequeued twice is certainly wrong, but where exactly is for the search to say.
    if (column[value] !== -1) return undefined;
    column[value] = local;
  }
  return { enqueues: Int32Array.from(enqueues), dequeues: Int32Array.from(dequeues), empties: Int32Array.from(empties) };
}

/** The position of the first return that can't be explained, -1 when there is none. */
export function firstImpossibleQueueReturn(columns: QueueColumns, { events, returns, count }: Partition): number {
  const called = new Int32Array(count);
  for (const [position, event] of events.entries()) if ((event & 1) === 0) called[event >> 1] = position;
  // A conflict bounds the answer from above. Judge only what came before it, until that has an explanation.
  let bound = -1;
  for (let end = events.length; ; end = bound) {
    const earlier = conflictBefore(columns, called, returns, end);
    if (earlier === -1) return bound;
    bound = earlier;
  }
}

const NOBODY = -1;

/**
 * Judges the history cut off before position `end`: what had not returned by then has no known end. Returns the position of a return
 * by which there is certainly a conflict, or -1.
 */
function conflictBefore({ enqueues, dequeues, empties }: QueueColumns, called: Int32Array, returns: Int32Array, end: number): number {
  let conflict = -1;
  const found = (position: number): void => {
    if (conflict === -1 || position < conflict) conflict = position;
  };
  const callOf = (local: number): number => (local === NOBODY || (called[local] as number) >= end ? NEVER : (called[local] as number));
  const returnOf = (local: number): number => (local === NOBODY || (returns[local] as number) >= end ? NEVER : (returns[local] as number));

  /** Position → value whose enqueue begins or ends there. */
  const valueAt = new Int32Array(end).fill(NOBODY);
  for (let value = 0; value < enqueues.length; value++) {
    const enqueue = enqueues[value] as number;
    const dequeued = returnOf(dequeues[value] as number);
    const begun = callOf(enqueue);
    if (dequeued !== NEVER && begun > dequeued) found(dequeued);
    // What need not have happened can't conflict with anything.
    if (begun === NEVER || (returnOf(enqueue) === NEVER && dequeued === NEVER)) continue;
    valueAt[begun] = value;
    if (returnOf(enqueue) !== NEVER) valueAt[returnOf(enqueue)] = value;
  }
  // Among values whose enqueue is over: the one whose dequeue begins last.
  let latest = -1;
  let latestValue = NOBODY;
  for (let position = 0; position < end; position++) {
    const value = valueAt[position] as number;
    if (value === NOBODY) continue;
    const enqueue = enqueues[value] as number;
    if (called[enqueue] === position) {
      const dequeued = returnOf(dequeues[value] as number);
      if (latest > dequeued) found(Math.max(dequeued, returnOf(enqueues[latestValue] as number)));
      continue;
    }
    const leaves = callOf(dequeues[value] as number);
    if (leaves > latest) {
      latest = leaves;
      latestValue = value;
    }
  }
  for (const covered of coveredEmpties(enqueues, dequeues, empties, { callOf, returnOf, end })) found(covered);
  return conflict;
}

interface Positions {
  readonly callOf: (local: number) => number;
  readonly returnOf: (local: number) => number;
  readonly end: number;
}

/** Returns of dequeues that found nothing while the queue was certainly not empty all along. */
function* coveredEmpties(
  enqueues: Int32Array,
  dequeues: Int32Array,
  empties: Int32Array,
  { callOf, returnOf, end }: Positions,
): Generator<number> {
  if (empties.length === 0) return;
  // A value is certainly there from the return of its enqueue to the call of its dequeue. Add up where that is.
  const certainly = new Int32Array(end + 1);
  for (let value = 0; value < enqueues.length; value++) {
    const from = returnOf(enqueues[value] as number);
    const to = Math.min(callOf(dequeues[value] as number), end);
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
  for (const local of empties) {
    const returned = returnOf(local);
    if (returned !== NEVER && gaps[returned] === gaps[callOf(local)]) yield returned;
  }
}
