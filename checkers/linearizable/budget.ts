/** How long and how large a check may become. Past it, the verdict is `unknown`. */
import type { CheckLimits } from '../checker.ts';

export interface Budget {
  /** Which limit is exceeded, if one is. `bytes` counts what this part of the check holds. */
  exceeded(bytes: () => number): 'time' | 'memory' | undefined;
}

export function budgetOf(limits: CheckLimits, now: () => number = () => performance.now()): Budget {
  const deadline = now() + limits.timeMs;
  return {
    exceeded(bytes) {
      if (now() > deadline) return 'time';
      return bytes() > limits.memoryBytes ? 'memory' : undefined;
    },
  };
}

/**
 * One memory limit for several threads: each says in its own slot of `heldKilobytes` what it holds, and all of it together counts. `deadline`
 * is on the clock of `Date.now()`, since every thread counts `performance.now()` from its own beginning.
 */
export function sharedBudget(limits: SharedLimits, slot: number): Budget {
  const { deadline, memoryBytes, heldKilobytes } = limits;
  return {
    exceeded(bytes) {
      if (Date.now() > deadline) return 'time';
      Atomics.store(heldKilobytes, slot, Math.ceil(bytes() / 1024));
      let held = 0;
      for (let at = 0; at < heldKilobytes.length; at++) held += Atomics.load(heldKilobytes, at);
      return held * 1024 > memoryBytes ? 'memory' : undefined;
    },
  };
}

export interface SharedLimits {
  readonly deadline: number;
  readonly memoryBytes: number;
  /** One slot for each thread, in shared memory. */
  readonly heldKilobytes: Int32Array;
}

/** A budget in steps of the search (512 to one question) instead of time, so that the same history always gets the same evidence. */
export function countedBudget(questions: number): Budget {
  let left = questions;
  return { exceeded: () => (left-- > 0 ? undefined : 'time') };
}

/** Never exceeded. */
export const unlimited: Budget = { exceeded: () => undefined };

/** Exceeded as soon as either is. */
export function eitherBudget(one: Budget, other: Budget): Budget {
  return { exceeded: (bytes) => one.exceeded(bytes) ?? other.exceeded(bytes) };
}
