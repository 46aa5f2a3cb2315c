/**
 * Keys live in the process that saw them; another instance, or the next life of the same one, has never heard of them. (Airbnb found that
 * even keys read from a database replica, a moment behind, paid twice: Chew, "Avoiding Double Payments in a Distributed Payments System",
 * 2019.)
 */
import { claim, type IdempotencyRecord } from '../resilience/index.ts';
import { carryOut, emptyAccount, type PaymentAccount, type PaymentAnswer, type PaymentDecision } from '../services/payment/account.ts';
import type { MoveMoney } from '../services/payment/paying.ts';
import type { Bug } from './bug.ts';

function keysInMemory(): MoveMoney {
  const keys: IdempotencyRecord<PaymentAnswer>[] = [];
  return async (registers, register, call, options) => {
    const claimed = claim(keys, call.key, call.fingerprint);
    if (claimed === 'mismatch') return { kind: 'done', result: { kind: 'mismatch' } };
    if (claimed !== 'new') return { kind: 'done', result: { kind: 'duplicate', answer: claimed.result } };
    const moved = await registers.change<PaymentDecision>(
      register,
      (value) => {
        const decision = carryOut((value as PaymentAccount | null) ?? emptyAccount, call);
        return decision.kind === 'apply' ? { kind: 'set', value: decision.account, result: decision } : { kind: 'keep', result: decision };
      },
      options,
    );
    if (moved.kind === 'done' && moved.result.kind === 'apply')
      keys.push({ key: call.key, fingerprint: call.fingerprint, result: moved.result.answer });
    return moved;
  };
}

export const dedupeInMemory: Bug = {
  name: 'dedupe-in-memory',
  description: 'Idempotency keys are kept in the memory of one payment node: the other one, or a restarted one, does everything again.',
  nemesis: 'lost-response:to=payment,restart:targets=payment:downMs=300',
  workload: 'orders',
  caughtBy: 'exactly-once',
  apply: (components) => ({ ...components, moveMoney: keysInMemory() }),
};
