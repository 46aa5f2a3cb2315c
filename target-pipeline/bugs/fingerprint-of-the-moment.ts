/**
 * Something that changes with every attempt goes into the fingerprint (a time, a trace id, the order of members), so that a service refuses
 * its own caller's retry as another request. Why RFC 8785 exists, and why the caller must know which members count.
 */
import { moveInOneChange } from '../services/payment/paying.ts';
import type { Bug } from './bug.ts';

export const fingerprintOfTheMoment: Bug = {
  name: 'fingerprint-of-the-moment',
  description: 'The time of arrival goes into the fingerprint of a payment call, so every retry is refused as another request.',
  nemesis: 'lost-response:to=payment',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({
    ...components,
    moveMoney: (registers, register, call, options) =>
      moveInOneChange(registers, register, { ...call, fingerprint: `${call.fingerprint}@${call.hlc}` }, options),
  }),
};
