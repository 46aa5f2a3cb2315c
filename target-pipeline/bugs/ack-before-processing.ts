/**
 * At most once by accident: the offset is committed when the batch is fetched. What a Kafka consumer with automatic commits does when it
 * crashes before it is done (Kreps and others, Kafka documentation, "Message Delivery Semantics").
 */
import type { TakeBatch } from '../events/consumer.ts';
import type { Bug } from './bug.ts';

const acknowledgeFirst: TakeBatch = async ({ process, acknowledge }) => {
  if (!(await acknowledge())) return false;
  await process();
  return true;
};

export const ackBeforeProcessing: Bug = {
  name: 'ack-before-processing',
  description: 'The consumer commits its offset before it processes the events, so a crash in between loses them.',
  nemesis: 'latency:from=inventory:to=replica:requestMs=150:durationMs=12000,kill:targets=inventory',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({ ...components, takeBatch: acknowledgeFirst }),
};
