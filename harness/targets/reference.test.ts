import { expect, it } from 'vitest';
import { defaultRetryPolicy } from '../../target-pipeline/resilience/index.ts';
import { reference, referenceRetries } from './reference.ts';

const placement = {
  host: '127.0.0.1',
  port: 1,
  dataDirectory: '/data',
  nodeExecutable: 'node',
  pathOf: (file: string) => file,
  peers: () => new Map<string, string>(),
};
const deployment = { replicas: 3, readQuorum: 2, writeQuorum: 2, leaseMs: 2000, inventoryConsistency: 'linearizable' } as const;

it('promises of its retries what the pipeline keeps to', () => {
  const { attemptsMax, attemptTimeoutMs, backoff, budget } = defaultRetryPolicy;
  expect(referenceRetries).toMatchObject({
    attemptsMax,
    timeoutMs: attemptTimeoutMs,
    longestBackoffMs: backoff.capMs,
    budgetShare: budget.share,
    budgetFloorPerSecond: budget.floorPerSecond,
    budgetWindowMs: budget.windowMs,
  });
});

it('starts its nodes with the options that were set, and leaves the others to the pipeline', () => {
  const environment = (targetOptions: Readonly<Record<string, number>>) =>
    reference.start({ name: 'payment-1', role: 'payment' }, placement, { ...deployment, targetOptions }).env;
  expect(environment({ paymentConcurrency: 2, paymentWorkMs: 60 })).toMatchObject({ PAYMENT_CONCURRENCY: '2', PAYMENT_WORK_MS: '60' });
  expect(Object.keys(environment({})).filter((name) => name.startsWith('PAYMENT_') && name !== 'PAYMENT_URLS')).toEqual([]);
});
