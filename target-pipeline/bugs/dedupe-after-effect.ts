/**
 * The effect, then its key: whoever asks again between the two is served again. The pitfall that Brandur Leach's "Implementing Stripe-like
 * Idempotency Keys in Postgres" (2017) is built around: key and effect belong in one transaction.
 */
import type { IdempotencyRecord } from '../resilience/index.ts';
import { claim } from '../resilience/index.ts';
import { carryOut, emptyAccount, type PaymentAccount, type PaymentAnswer, type PaymentDecision } from '../services/payment/account.ts';
import type { MoveMoney } from '../services/payment/paying.ts';
import type { Bug } from './bug.ts';

type Keys = readonly IdempotencyRecord<PaymentAnswer>[];

const effectThenKey: MoveMoney = async (registers, register, call, options) => {
  const keyRegister = `keys-of-${register}`;
  const looked = await registers.read(keyRegister, options);
  if (looked.kind !== 'done') return looked;
  const claimed = claim((looked.result ?? []) as Keys, call.key, call.fingerprint);
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
  if (moved.kind !== 'done' || moved.result.kind !== 'apply') return moved;
  const record = { key: call.key, fingerprint: call.fingerprint, result: moved.result.answer };
  await registers.change(keyRegister, (keys) => ({ kind: 'set', value: [...((keys ?? []) as Keys), record], result: true }), options);
  return moved;
};

export const dedupeAfterEffect: Bug = {
  name: 'dedupe-after-effect',
  description: 'Money is moved first and the idempotency key noted afterwards, so a retry that comes in between moves it again.',
  // Slow enough that an attempt is given up, and another made, while the first stands between effect and key.
  nemesis: 'latency:from=payment:to=replica:requestMs=250:durationMs=10000',
  workload: 'orders',
  caughtBy: 'exactly-once',
  apply: (components) => ({ ...components, moveMoney: effectThenKey }),
};
