/** What the linearizability check says. Operations are named by their `index` in the history. */
import type { Verdict } from '../../harness/history/index.ts';
import type { CheckLimits } from '../checker.ts';
import type { Model } from '../models/index.ts';
import type { Semantics } from './partitions.ts';

export interface LinearizabilityOptions<S> extends Partial<Semantics> {
  readonly model: Model<S>;
  /** The initial state in the model's own terms, for example the initial value of a register. Default: the model's own. */
  readonly initial?: unknown;
  readonly limits: CheckLimits;
  /** `none`: the verdict and the first impossible operation alone. Default: `full`. */
  readonly evidence?: 'full' | 'none';
}

export type UnknownReason =
  | { readonly kind: 'invalid-history'; readonly message: string; readonly index: number; readonly position: number }
  | { readonly kind: 'vacuous'; readonly message: string }
  | { readonly kind: 'time-limit' | 'memory-limit'; readonly message: string };

/** One operation of the history, as a person wants to see it. */
export interface NamedCall {
  readonly invocation: number;
  /** Absent: it never completed. */
  readonly completion?: number;
  readonly process: number;
  readonly description: string;
}

/** One way to explain a part of the history, as far as it goes. */
export interface PartialLinearization {
  /** In the order they would have taken effect. */
  readonly calls: readonly NamedCall[];
  /** The state they lead to, in which the impossible operation is impossible. */
  readonly state: string;
}

export interface MinimalSubHistory {
  /**
   * Operations whose results can't all be explained, even if every other operation was free to take effect in its interval or not
   * to. Without any one of them they can be.
   */
  readonly core: readonly NamedCall[];
  /** Operations that the core is seen against: with these the core reads as a history of its own, for example the write of a stale value. */
  readonly context: readonly NamedCall[];
  /** Each operation of the core was left out once, and the rest had an explanation. False when time ran out before. */
  readonly verified: boolean;
  /** The states the object can have been in before the first of these, when they are not the beginning. */
  readonly before: readonly string[];
}

/** A completed read saw a value that only a failed write can have written. */
export interface AbortedRead {
  readonly read: NamedCall;
  readonly write: NamedCall;
}

export interface LinearizabilityResult {
  readonly verdict: Verdict;
  readonly summary: string;
  readonly examined: {
    /** Client operations (pairs of invocation and completion). */
    readonly operations: number;
    readonly ok: number;
    readonly fail: number;
    readonly info: number;
    /** Completed operations that say something about the state. */
    readonly constraining: number;
    readonly partitions: number;
    /** How many configurations the search looked at, and how many it held at one time; none where a monitor decided. */
    readonly configurations: number;
    readonly mostHeld: number;
  };
  readonly reason?: UnknownReason;
  /** The object whose history has no explanation. */
  readonly key?: string;
  /** The earliest completion up to which the history has no explanation. */
  readonly firstImpossible?: NamedCall;
  readonly longestPartials?: readonly PartialLinearization[];
  /** Indexes of invocations and completions of `minimal.core` and `minimal.context`, ascending. */
  readonly minimalSubHistory?: readonly number[];
  readonly minimal?: MinimalSubHistory;
  readonly abortedReads?: readonly AbortedRead[];
}
