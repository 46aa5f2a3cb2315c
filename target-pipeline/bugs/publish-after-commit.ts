/**
 * The state is changed, and then the event goes out, unless the process dies in between: the other half of the dual write, which the
 * transactional outbox is there for (Richardson, "Microservices Patterns", 2018, section 3.3.7).
 */
import type { MakeTransition } from '../saga/index.ts';
import type { Bug } from './bug.ts';

const publishLast: MakeTransition = async ({ events, publish, store }) => {
  const record = await store('left-out');
  for (const event of events) {
    if (record?.transitions.some(({ hlc }) => hlc === event.hlc)) await publish(event);
  }
  return record;
};

export const publishAfterCommit: Bug = {
  name: 'publish-after-commit',
  description: 'An event is published after the state change it tells of, and kept nowhere: a crash between the two loses it.',
  nemesis: 'latency:from=order:to=replica:requestMs=100:durationMs=15000,kill:targets=leaders',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({ ...components, sagaRules: { ...components.sagaRules, makeTransition: publishLast } }),
};
