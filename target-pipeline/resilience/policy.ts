/** The figures of the retrying layer, its replaceable parts, and the client put together from both. */
import type { Runtime, Transport } from '../runtime/index.ts';
import { type Backoff, type BackoffOptions, fullJitter } from './backoff.ts';
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
  // Wide enough that calls which failed together spread over several times what a busy machine adds to each.
  backoff: { baseMs: 200, capMs: 1_000 },
  // The floor is what a backlog drains by once the load is gone: at 1 a second, fifty orders left over from an outage took a minute.
  budget: { share: 0.2, floorPerSecond: 5, windowMs: 10_000 },
  // One instance of two being down fails a third of the attempts, since retries go to the other; that must not cut off the service.
  breaker: { windowMs: 10_000, callsMin: 20, failureShare: 0.6, openMs: 1_000, probes: 3 },
};

/** What keeps retries bounded, each part replaceable by itself. */
export interface RetryLayer {
  readonly policy: RetryPolicy;
  readonly createBackoff: (options: BackoffOptions, random: Runtime['random']) => Backoff;
  readonly createBudget: typeof createRetryBudget;
  readonly createBreaker: typeof createCircuitBreaker;
  /** The way one attempt goes out. */
  readonly sendingThrough: (transport: Transport) => Transport;
}

export const retryLayer: RetryLayer = {
  policy: defaultRetryPolicy,
  createBackoff: fullJitter,
  createBudget: createRetryBudget,
  createBreaker: createCircuitBreaker,
  sendingThrough: (transport) => transport,
};

export function createDefaultRetryingClient(runtime: Runtime, keyOfAttempt: KeyOfAttempt, layer: RetryLayer = retryLayer): RetryingClient {
  const { clock, timers, metrics, log, random } = runtime;
  const { policy, createBackoff, createBudget, createBreaker, sendingThrough } = layer;
  return createRetryingClient(
    { clock, timers, metrics, log, transport: sendingThrough(runtime.transport) },
    {
      attemptsMax: policy.attemptsMax,
      attemptTimeoutMs: policy.attemptTimeoutMs,
      backoff: createBackoff(policy.backoff, random),
      keyOfAttempt,
      guardsOf: (_service, onBreakerChange) => ({
        budget: createBudget(policy.budget, clock),
        breaker: createBreaker(policy.breaker, clock, onBreakerChange),
      }),
    },
  );
}
