/**
 * The key contains who asks, not only what for: the next leader, finishing what the last one began, asks for it anew. Keys must be made and
 * stored with the intent (Leach 2017). On Christmas Day 2021 Santander in the United Kingdom carried out a schedule of some 75,000 payments a
 * second time.
 */
import type { Bug } from './bug.ts';

export const keyPerLeader: Bug = {
  name: 'key-per-leader',
  description: 'Idempotency keys contain the fencing token, so a successor repeats effects that its predecessor had made.',
  // Captured, and not yet heard of, when the leader dies.
  nemesis: 'latency:from=order:to=payment:responseMs=800:durationMs=15000,kill:targets=leaders',
  workload: 'orders',
  caughtBy: 'exactly-once',
  apply: (components) => ({ ...components, keyOfAttempt: ({ planned, token }) => `${planned}@${token}` }),
};
