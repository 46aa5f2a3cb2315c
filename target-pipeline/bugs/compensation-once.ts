import type { Compensate } from '../saga/index.ts';
import type { Bug } from './bug.ts';

const once: Compensate = async (attempt) => {
  const outcome = await attempt(0);
  return outcome.kind === 'pending' ? { kind: 'final', outcome: 'given-up', hlc: undefined } : outcome;
};

export const compensationOnce: Bug = {
  name: 'compensation-once',
  description: 'A refund or release is tried once; when it fails, the order counts as cancelled all the same.',
  nemesis: 'error-burst',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({ ...components, sagaRules: { ...components.sagaRules, compensate: once } }),
};
