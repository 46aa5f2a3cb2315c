import type { Bug } from './bug.ts';

export const quorumNotIntersecting: Bug = {
  name: 'quorum-not-intersecting',
  description: 'One replica is enough to read and one to write: R + W ≤ N.',
  nemesis: 'latency:to=replica:kind=replica-write:jitterMs=400:durationMs=10000',
  workload: 'registers',
  caughtBy: 'linearizable',
  apply: (components) => ({ ...components, chooseQuorum: () => ({ read: 1, write: 1 }) }),
};
