/**
 * "Log and continue": a batch that couldn't be processed is acknowledged all the same, so as not to block those behind it. Nobody reads the
 * dead letters. (Hohpe and Woolf, "Enterprise Integration Patterns", 2003, on invalid-message and dead-letter channels that nobody watches.)
 */
import type { TakeBatch } from '../events/consumer.ts';
import type { Bug } from './bug.ts';

const acknowledgeAnyhow: TakeBatch = async ({ process, acknowledge }) => {
  await process().catch(() => false);
  return acknowledge();
};

export const skipsWhatFails: Bug = {
  name: 'skips-what-fails',
  description: 'The consumer goes on to the next events although it failed to process some.',
  nemesis: 'latency:from=inventory:to=replica:requestMs=300:jitterMs=1200:durationMs=12000',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({ ...components, takeBatch: acknowledgeAnyhow }),
};
