/**
 * A new leader looks after what comes to it, and not after what its predecessor left half done. Recovery has to look for sagas in progress
 * (Garcia-Molina and Salem, "Sagas", SIGMOD 1987, section 5); after GitHub's failover of 21 October 2018 more than five million webhook
 * events and 80,000 Pages builds were waiting for somebody to pick them up.
 */
import type { Bug } from './bug.ts';

export const successorForgetsUnfinished: Bug = {
  name: 'successor-forgets-unfinished',
  description: 'A newly elected leader does not look for the sagas that its predecessor left unfinished.',
  nemesis: 'latency:from=order:to=payment:responseMs=400:durationMs=15000,kill:targets=leaders',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({ ...components, sagaRules: { ...components.sagaRules, findUnfinished: async () => [] } }),
};
