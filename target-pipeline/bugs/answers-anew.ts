/**
 * A duplicate has no second effect, but its answer is made up afresh instead of being the first one. A caller that compares, or that stamps by
 * what it is told, sees two outcomes of one call (Featonby, "Making retries safe with idempotent APIs", Amazon Builders' Library, 2020).
 */
import { moveInOneChange } from '../services/payment/paying.ts';
import type { Bug } from './bug.ts';

export const answersAnew: Bug = {
  name: 'answers-anew',
  description: 'A repeated payment call is answered with the time of the repetition instead of the first answer.',
  nemesis: 'lost-response:to=payment',
  workload: 'orders',
  caughtBy: 'exactly-once',
  apply: (components) => ({
    ...components,
    moveMoney: async (registers, register, call, options) => {
      const outcome = await moveInOneChange(registers, register, call, options);
      if (outcome.kind !== 'done' || outcome.result.kind !== 'duplicate') return outcome;
      return { kind: 'done', result: { kind: 'duplicate', answer: { ...outcome.result.answer, hlc: call.hlc } } };
    },
  }),
};
