/** Decides objects whose values are all distinct in log-linear time, from positions alone. */
import type { CollectionOrder } from '../../models/index.ts';
import { bagConflictBefore } from './bag.ts';
import type { CollectionSpans } from './collection-spans.ts';
import { fifoConflictBefore } from './fifo.ts';
import { lifoConflictBefore } from './lifo.ts';

/** What judges a collection cut off before position `end` (see `ConflictBefore`). */
export const collectionMonitors: Readonly<Record<CollectionOrder, (spans: CollectionSpans, end: number) => number>> = {
  fifo: fifoConflictBefore,
  lifo: lifoConflictBefore,
  any: bagConflictBefore,
};

export { type CollectionSpans, collectionSpans, withEveryUnknownRemoval } from './collection-spans.ts';
export { firstConflict } from './first-conflict.ts';
