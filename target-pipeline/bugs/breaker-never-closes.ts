import type { Bug } from './bug.ts';

/** A breaker without its half-open state protects the service from its customers for ever. */
export const breakerNeverCloses: Bug = {
  name: 'breaker-never-closes',
  description: 'A circuit breaker that has opened never lets a probe through, so it stays open when the service is well again.',
  nemesis: 'retry-storm',
  workload: 'orders',
  caughtBy: 'bounded-retries',
  apply: (components) => ({
    ...components,
    retryLayer: {
      ...components.retryLayer,
      createBreaker: (options, clock, onChange) =>
        components.retryLayer.createBreaker({ ...options, openMs: Number.POSITIVE_INFINITY }, clock, onChange),
    },
  }),
};
