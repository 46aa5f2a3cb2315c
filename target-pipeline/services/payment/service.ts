/** The payment service: charges and refunds on a leader's behalf, at bounded capacity. */
import { z } from 'zod';
import type { HybridLogicalClock } from '../../events/hybrid-logical-clock.ts';
import { carriedDeadline, fingerprint as fingerprintOf, type KeyGuard, type LoadShedder, shedResponse } from '../../resilience/index.ts';
import type { IncomingRequest, OutgoingResponse, Runtime } from '../../runtime/port.ts';
import type { Fence, Registers } from '../../store/index.ts';
import {
  causeSchema,
  hearCause,
  json,
  ProblemError,
  parseBody,
  type Route,
  requireFence,
  requireIdempotencyKey,
  resultOf,
} from '../http.ts';
import { isDuplicateEffect, type PaymentCommand, type PaymentDecision } from './account.ts';
import type { MoveMoney } from './paying.ts';

export interface PaymentOptions {
  readonly registers: Registers;
  readonly clock: HybridLogicalClock;
  readonly shedder: LoadShedder;
  readonly guardKeys: (retryAfterSeconds: number) => KeyGuard;
  readonly moveMoney: MoveMoney;
  /** Time one charge or refund takes at the acquirer, milliseconds. */
  readonly workMs: number;
  readonly declineAboveCents: number;
}

const captureSchema = z.strictObject({ amountCents: z.int().positive(), cause: causeSchema });
const refundSchema = z.strictObject({ cause: causeSchema });
const changeTimeoutMs = 1500;
/** A caller that carries no deadline is given this one. */
const longestCallMs = 5000;
const retryAfterSeconds = 1;

type SettledDecision = Exclude<PaymentDecision, { readonly kind: 'behind' }>;

export const paymentKey = (orderId: string): string => `payment/${orderId}`;

export function paymentRoutes(runtime: Runtime, options: PaymentOptions): readonly Route[] {
  const guarded = options.guardKeys(retryAfterSeconds);
  const dedupeHits = runtime.metrics.counter('dedupe_hits_total', 'Calls answered from an earlier effect with the same key.', ['service']);

  const duplicateEffects = runtime.metrics.counter('duplicate_effects_total', 'Ledger records beyond the first for one logical step.', [
    'service',
  ]);
  // There from the start: an alert on the first increment needs the zero before it.
  dedupeHits.inc({ service: 'payment' }, 0);
  duplicateEffects.inc({ service: 'payment' }, 0);

  const decide = async (
    orderId: string,
    command: PaymentCommand,
    key: string,
    fingerprint: string,
    fence: Fence,
  ): Promise<SettledDecision> => {
    for (;;) {
      const hlc = options.clock.now();
      const outcome = await options.moveMoney(
        options.registers,
        paymentKey(orderId),
        { command, key, fingerprint, hlc, declineAboveCents: options.declineAboveCents },
        { deadlineMs: changeTimeoutMs, fence },
      );
      const decision = resultOf(outcome);
      if (decision.kind !== 'behind') return decision;
      hearCause(options.clock, decision.hlc);
    }
  };

  const perform = async (request: IncomingRequest, orderId: string, command: PaymentCommand, cause: string): Promise<OutgoingResponse> => {
    const key = requireIdempotencyKey(request);
    const fence = requireFence(request);
    const fingerprint = fingerprintOf({ orderId, ...command });
    hearCause(options.clock, cause);
    return guarded(key, async () => {
      const deadline = carriedDeadline(request.headers, runtime.clock, longestCallMs);
      const admission = await options.shedder.run({ deadline, signal: request.signal }, async () => {
        await runtime.timers.sleep(options.workMs);
        const decision = await decide(orderId, command, key, fingerprint, fence);
        if (decision.kind === 'mismatch') throw keyReused();
        if (decision.kind === 'duplicate') dedupeHits.inc({ service: 'payment' });
        if (decision.kind === 'apply' && isDuplicateEffect(decision.account)) duplicateEffects.inc({ service: 'payment' });
        return json(200, decision.answer);
      });
      return admission.kind === 'done' ? admission.value : shedResponse(admission.reason, retryAfterSeconds);
    });
  };

  return [
    {
      method: 'POST',
      path: '/payments/:orderId/capture',
      handle: (request, params) => {
        const { amountCents, cause } = parseBody(captureSchema, request);
        return perform(request, params['orderId'] ?? '', { kind: 'capture', amountCents }, cause);
      },
    },
    {
      method: 'POST',
      path: '/payments/:orderId/refund',
      handle: (request, params) => perform(request, params['orderId'] ?? '', { kind: 'refund' }, parseBody(refundSchema, request).cause),
    },
  ];
}

export function keyReused(): ProblemError {
  return new ProblemError({
    code: 'idempotency-key-reused',
    status: 422,
    detail: 'This idempotency key was used before with another body. Use a new key for a new effect, or send the same body again.',
  });
}
