/**
 * A key that comes with another body is a client's mistake, to be refused (IETF draft "The Idempotency-Key HTTP Header Field", section 2.6;
 * Stripe compares the parameters for that reason). Here whatever came first is the answer to everything.
 */
import { moveInOneChange } from '../services/payment/paying.ts';
import type { Bug } from './bug.ts';

export const keyWithoutFingerprint: Bug = {
  name: 'key-without-fingerprint',
  description: 'Only the idempotency key is compared: the same key with another amount is answered as if it were the same request.',
  nemesis: 'duplicate:to=payment:mutate=true',
  workload: 'orders',
  caughtBy: 'exactly-once',
  apply: (components) => ({
    ...components,
    moveMoney: (registers, register, call, options) => moveInOneChange(registers, register, { ...call, fingerprint: '' }, options),
  }),
};
