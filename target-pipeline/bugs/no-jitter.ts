import type { Bug } from './bug.ts';

/** Brooker, "Exponential Backoff And Jitter" (2015): clients that failed together come back together, in waves. */
export const noJitter: Bug = {
  name: 'no-jitter',
  description: 'The back-off is exponential and the same for everybody, so calls that failed together come back together.',
  nemesis: 'retry-storm',
  workload: 'orders',
  caughtBy: 'bounded-retries',
  apply: (components) => ({
    ...components,
    retryLayer: {
      ...components.retryLayer,
      createBackoff:
        ({ baseMs, capMs }) =>
        (retry) =>
          Math.min(capMs, baseMs * 2 ** (retry - 1)),
    },
  }),
};
