/**
 * Decides FIFO queues whose values are each enqueued at most once, in linear time after positions are known, by the patterns that every history
 * without an explanation contains (Bouajjani, Emmi, Enea, Hamza, "On reducing linearizability to state reachability", ICALP 2015, §4):
 * 1. a value is dequeued that was never enqueued, or dequeued twice, or dequeued before it was enqueued;
 * 2. of two values, the first enqueued leaves second (or never): its enqueue precedes the other's, whose dequeue precedes its own;
 * 3. a dequeue found nothing, although at every instant of its interval some value was certainly in the queue.
 *
 * An enqueue without a known end whose value was dequeued has an open end; if nobody dequeued it, it need not have happened.
 */
import { NEVER } from '../problem.ts';
import { CollectionCut, type CollectionSpans } from './collection-spans.ts';

const NOBODY = -1;

/** Patterns 1 and 3 are those of every collection. */
export function fifoConflictBefore(spans: CollectionSpans, end: number): number {
  const cut = new CollectionCut(spans, end);
  const { insertCalled } = spans;
  /** Position → value whose enqueue begins or ends there. */
  const valueAt = new Int32Array(end).fill(NOBODY);
  for (let value = 0; value < insertCalled.length; value++) {
    const called = insertCalled[value] as number;
    const inserted = cut.inserted(value);
    // What need not have happened can't conflict with anything.
    if (called >= end || (inserted === NEVER && cut.removed(value) === NEVER)) continue;
    valueAt[called] = value;
    if (inserted !== NEVER) valueAt[inserted] = value;
  }
  // Among values whose enqueue is over: the one whose dequeue begins last.
  let latest = -1;
  let latestInserted = -1;
  for (let position = 0; position < end; position++) {
    const value = valueAt[position] as number;
    if (value === NOBODY) continue;
    if (insertCalled[value] === position) {
      const removed = cut.removed(value);
      if (latest > removed) cut.found(Math.max(removed, latestInserted));
    } else if (cut.leaves(value) > latest) {
      latest = cut.leaves(value);
      latestInserted = position;
    }
  }
  return cut.conflict;
}
