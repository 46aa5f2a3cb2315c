/**
 * A call without an answer is taken for done: fire and forget. The sender of a message can't know that it arrived without hearing so (the two
 * generals; Gray, "Notes on Data Base Operating Systems", 1978).
 */
import type { ClassifyCall, Verb } from '../saga/index.ts';
import type { Bug } from './bug.ts';

const hoped: Readonly<Record<Verb, string>> = { reserve: 'reserved', release: 'released', capture: 'captured', refund: 'refunded' };

export const unknownIsSuccess: Bug = {
  name: 'unknown-is-success',
  description: 'A call whose answer was lost counts as done, so an order is confirmed that nobody paid for.',
  nemesis: 'error-burst:status=reset:from=order:to=payment:durationMs=8000',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => {
    const classifyCall: ClassifyCall = (result, verb) =>
      result.kind === 'ambiguous' ? { kind: 'final', outcome: hoped[verb], hlc: undefined } : components.classifyCall(result, verb);
    return { ...components, classifyCall };
  },
};
