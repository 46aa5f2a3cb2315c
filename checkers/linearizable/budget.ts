/** How long and how large a check may become. Past it, the verdict is `unknown`. */
import type { CheckLimits } from '../checker.ts';

export interface Budget {
  /** Which limit is exceeded, if one is. `bytes` counts what this part of the check holds. */
  exceeded(bytes: () => number): 'time' | 'memory' | undefined;
  /** Milliseconds left. */
  remainingMs(): number;
}

export function budgetOf(limits: CheckLimits, now: () => number = () => performance.now()): Budget {
  const deadline = now() + limits.timeMs;
  return {
    exceeded(bytes) {
      if (now() > deadline) return 'time';
      return bytes() > limits.memoryBytes ? 'memory' : undefined;
    },
    remainingMs: () => Math.max(0, deadline - now()),
  };
}
