/**
 * What the threads that judge keys say to each other. All shards are cut into histories before any is judged: what is no history must never be
 * called a violation, wherever it stands.
 */

import type { SharedLimits } from '../budget.ts';
import type { HistoryProblem } from '../calls.ts';
import type { Examined } from '../check.ts';
import type { LinearizabilityOptions, LinearizabilityResult } from '../result.ts';
import type { Shard } from './shards.ts';

/** Options without what can't be sent; a model crosses by name. */
export interface ShardQuestion extends Pick<LinearizabilityOptions<unknown>, 'initial' | 'nilReads' | 'failedCas' | 'limits' | 'evidence'> {
  readonly model: string;
}

export interface ShardRequest {
  readonly kind: 'shard';
  readonly shard: Shard;
  readonly question: ShardQuestion;
  readonly shared: SharedLimits;
  /** Whose slot of the shared limits this thread has. */
  readonly slot: number;
}

export type ToWorker = ShardRequest | { readonly kind: 'judge' };

export type FromWorker =
  | { readonly kind: 'cut'; readonly examined: Examined }
  /** The shard is no history; the position is that in the whole. */
  | { readonly kind: 'problem'; readonly problem: HistoryProblem }
  | { readonly kind: 'judged'; readonly result: LinearizabilityResult };
