/**
 * Whoever makes the key where the request is sent, and not where the intent arose, gets another key for every attempt. In 2012 Knight Capital's
 * router sent child orders again and again, since nothing told it that they were the same and already filled (SEC release 34-70694, 2013).
 */
import type { Bug } from './bug.ts';

export const freshKeyPerRetry: Bug = {
  name: 'fresh-key-per-retry',
  description: 'Each attempt of a call carries an idempotency key of its own.',
  nemesis: 'lost-response:to=payment',
  workload: 'orders',
  caughtBy: 'exactly-once',
  apply: (components) => ({ ...components, keyOfAttempt: ({ planned, attempt, round }) => `${planned}~${round}.${attempt}` }),
};
