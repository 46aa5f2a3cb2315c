/**
 * The event goes out, and only then is the state changed: when the change doesn't come about, the world was told of something that never
 * happened. (The dual write; Kleppmann, "Designing Data-Intensive Applications", 2017, chapter 11.)
 */
import type { MakeTransition } from '../saga/index.ts';
import type { Bug } from './bug.ts';

const publishFirst: MakeTransition = async ({ events, publish, store }) => {
  for (const event of events) if (!(await publish(event))) return undefined;
  return store('left-out');
};

export const publishBeforeCommit: Bug = {
  name: 'publish-before-commit',
  description: 'An event is published before the state change it tells of, which a cancellation may yet prevent.',
  // Time between the two, in which customers cancel.
  nemesis: 'latency:from=order:to=replica:requestMs=150:durationMs=10000,kill:targets=leaders',
  workload: 'orders',
  caughtBy: 'causal',
  apply: (components) => ({ ...components, sagaRules: { ...components.sagaRules, makeTransition: publishFirst } }),
};
