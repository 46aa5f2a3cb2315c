import type { CircuitBreaker, RetryBudget } from '../resilience/index.ts';
import type { Bug } from './bug.ts';

const everything: RetryBudget = {
  recordFirstAttempt: () => undefined,
  tryRetry: () => true,
  available: () => Number.MAX_SAFE_INTEGER,
};
const alwaysClosed: CircuitBreaker = { tryCall: () => () => undefined, state: () => 'closed' };

/** Many of the metastable failures collected by Huang and others, "Metastable Failures in the Wild" (OSDI 2022), were kept up by such retries. */
export const unboundedRetries: Bug = {
  name: 'unbounded-retries',
  description: 'Failed calls are tried again until the deadline: no cap, no budget, and no breaker to stop them.',
  nemesis: 'retry-storm',
  workload: 'orders',
  caughtBy: 'bounded-retries',
  apply: (components) => ({
    ...components,
    retryLayer: {
      ...components.retryLayer,
      policy: { ...components.retryLayer.policy, attemptsMax: Number.MAX_SAFE_INTEGER },
      createBudget: () => everything,
      createBreaker: () => alwaysClosed,
    },
  }),
};
