/**
 * Keys expire while somebody may still ask. Every bounded dedupe window has this edge: Amazon SQS FIFO queues take a message that is sent
 * again after five minutes for a new one, and Segment sized its window at four weeks for the same reason ("Delivering Billions of Messages
 * Exactly Once", 2017).
 */
import { parseStamp } from '../events/hybrid-logical-clock.ts';
import { claim } from '../resilience/index.ts';
import { carryOut, emptyAccount, type PaymentAccount, type PaymentCall, type PaymentDecision } from '../services/payment/account.ts';
import type { MoveMoney } from '../services/payment/paying.ts';
import type { Bug } from './bug.ts';

const ttlMs = 500;

function decide(account: PaymentAccount, call: PaymentCall): PaymentDecision {
  const forgottenBeforeMs = parseStamp(call.hlc).wallMs - ttlMs;
  const remembered = account.answers.filter(({ result }) => parseStamp(result.hlc).wallMs >= forgottenBeforeMs);
  const claimed = claim(remembered, call.key, call.fingerprint);
  if (claimed === 'new') return carryOut(account, call);
  return claimed === 'mismatch' ? { kind: 'mismatch' } : { kind: 'duplicate', answer: claimed.result };
}

const keysExpire: MoveMoney = (registers, register, call, options) =>
  registers.change<PaymentDecision>(
    register,
    (value) => {
      const decision = decide((value as PaymentAccount | null) ?? emptyAccount, call);
      return decision.kind === 'apply' ? { kind: 'set', value: decision.account, result: decision } : { kind: 'keep', result: decision };
    },
    options,
  );

export const dedupeShortTtl: Bug = {
  name: 'dedupe-short-ttl',
  description: `Idempotency keys are forgotten after ${ttlMs} ms, sooner than the last retry comes.`,
  // Answers that outlast an attempt: by the next one the key is forgotten.
  nemesis: 'latency:from=order:to=payment:responseMs=1500',
  workload: 'orders',
  caughtBy: 'exactly-once',
  apply: (components) => ({ ...components, moveMoney: keysExpire }),
};
