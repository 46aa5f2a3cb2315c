/**
 * The breaker is open, so the call fails fast, so the order fails: but an earlier attempt may have been carried out before the breaker opened.
 * Failing fast says something of the next call, nothing of the last (circuit breakers: Nygard,
 * "Release It!", 2007).
 */
import type { ClassifyCall } from '../saga/index.ts';
import type { Bug } from './bug.ts';

export const notSentIsFailure: Bug = {
  name: 'not-sent-is-failure',
  description: 'A call that breaker or budget stopped counts as failed, whatever earlier attempts may have done.',
  nemesis: 'latency:from=order:to=payment:responseMs=1500:durationMs=8000',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => {
    const classifyCall: ClassifyCall = (result, verb) =>
      result.kind === 'not-sent' ? { kind: 'final', outcome: 'failed', hlc: undefined } : components.classifyCall(result, verb);
    return { ...components, classifyCall };
  },
};
