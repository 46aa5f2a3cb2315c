import type { ClassifyCall } from '../saga/index.ts';
import type { Bug } from './bug.ts';

const failed = { kind: 'final', outcome: 'failed', hlc: undefined } as const;

export const timeoutIsFailure: Bug = {
  name: 'timeout-is-failure',
  description: 'A call that timed out counts as failed, so an order is rejected although its payment was captured.',
  // Long enough that it outlasts a change of leaders, after which calls are asked for anew.
  nemesis: 'latency:from=order:to=payment:responseMs=3500:durationMs=9000',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => {
    const classifyCall: ClassifyCall = (result, verb) => (result.kind === 'ambiguous' ? failed : components.classifyCall(result, verb));
    return { ...components, classifyCall };
  },
};
