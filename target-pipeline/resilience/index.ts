/** Bounded retries, circuit breaking, load shedding, deadlines and idempotency. */
export * from './backoff.ts';
export * from './circuit-breaker.ts';
export * from './deadline.ts';
export * from './idempotency.ts';
export * from './load-shedder.ts';
export * from './policy.ts';
export * from './retry-budget.ts';
export * from './retrying-client.ts';
