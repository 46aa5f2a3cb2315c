/** The figures of the retrying layer, and the client put together from them. */
import type { Runtime } from '../runtime/index.ts';
import { type BackoffOptions, fullJitter } from './backoff.ts';
import { type CircuitBreakerOptions, createCircuitBreaker } from './circuit-breaker.ts';
import { createRetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
import { createRetryingClient, type KeyOfAttempt, type RetryingClient } from './retrying-client.ts';

export interface RetryPolicy {
  readonly attemptsMax: number;
  readonly attemptTimeoutMs: number;
  readonly backoff: BackoffOptions;
  readonly budget: RetryBudgetOptions;
  readonly breaker: CircuitBreakerOptions;
}

export const defaultRetryPolicy: RetryPolicy = {
  attemptsMax: 3,
  attemptTimeoutMs: 1_000,
  backoff: { baseMs: 50, capMs: 1_000 },
  // The floor is what a backlog drains by once the load is gone: at 1 a second, fifty orders left over from an outage took a minute.
  budget: { share: 0.2, floorPerSecond: 5, windowMs: 10_000 },
  // One instance of two being down fails a third of the attempts, since retries go to the other; that must not cut off the service.
  breaker: { windowMs: 10_000, callsMin: 20, failureShare: 0.6, openMs: 1_000, probes: 3 },
};

export function createDefaultRetryingClient(
  runtime: Runtime,
  keyOfAttempt: KeyOfAttempt,
  policy: RetryPolicy = defaultRetryPolicy,
): RetryingClient {
  const { clock, random } = runtime;
  return createRetryingClient(runtime, {
    attemptsMax: policy.attemptsMax,
    attemptTimeoutMs: policy.attemptTimeoutMs,
    backoff: fullJitter(policy.backoff, random),
    keyOfAttempt,
    guardsOf: (_service, onBreakerChange) => ({
      budget: createRetryBudget(policy.budget, clock),
      breaker: createCircuitBreaker(policy.breaker, clock, onBreakerChange),
    }),
  });
}
