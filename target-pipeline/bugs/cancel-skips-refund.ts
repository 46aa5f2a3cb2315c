/**
 * What a cancellation undoes is read off the order's state, and the state doesn't know yet of the capture that is on its way. The race of
 * "cancel" with "charge" is why payment services know a state in between, `processing` (Stripe, "How PaymentIntents and SetupIntents work").
 */
import { wasConfirmed } from '../saga/index.ts';
import type { Bug } from './bug.ts';

export const cancelSkipsRefund: Bug = {
  name: 'cancel-skips-refund',
  description: 'A cancelled order is refunded only if it had been confirmed, although its capture may be in progress.',
  nemesis: 'latency:from=order:to=payment:responseMs=700:durationMs=10000',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({
    ...components,
    sagaRules: { ...components.sagaRules, owesRefund: wasConfirmed },
  }),
};
