/**
 * THE layer that retries: the saga's client to payment and inventory. Layers that each retry multiply, so nothing below or above it does.
 *
 * It stops at the first final answer, after the last attempt, at the deadline, when the budget or the breaker says no, or when told to. If by
 * then any attempt may have been executed, the outcome is `ambiguous`: never a failure, to be asked again later with the same key.
 */
import type { Runtime } from '../runtime/index.ts';
import type { Backoff } from './backoff.ts';
import { type BreakerState, breakerStateNumber, type CircuitBreaker } from './circuit-breaker.ts';
import { deadlineHeader, deadlineHeaderValue, deadlineIn, remainingMs } from './deadline.ts';
import { idempotencyKeyHeader } from './idempotency.ts';
import { type AttemptOutcome, outcomeOfError, outcomeOfResponse } from './outcome.ts';
import type { RetryBudget } from './retry-budget.ts';

export interface ServiceCall {
  readonly service: string;
  /** Base URLs of its instances, the preferred one first: attempts go through them in this order, and a retry to the next. */
  readonly urls: readonly string[];
  readonly method: string;
  /** With a leading slash, percent-encoded. */
  readonly path: string;
  /** Sent as JSON, byte for byte the same in every attempt. */
  readonly body: unknown;
  readonly idempotencyKey: string;
  /** On whose behalf; the receiver refuses a token older than the newest it has seen in the scope. */
  readonly fence: { readonly scope: string; readonly token: number };
  /** For all attempts together, milliseconds from now. */
  readonly deadlineMs: number;
  /** How often this step was asked before. From 1 on the first attempt, too, is a retry to the receiver and to the budget. */
  readonly round: number;
  readonly signal?: AbortSignal;
}

/**
 * - `answered`: the receiver decided, and this is its final answer.
 * - `ambiguous`: some attempt may have been executed, or may be yet.
 * - `not-sent`: no attempt of *this call* was executed or ever will be. It says nothing of earlier rounds.
 */
export type CallOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'ambiguous'; readonly reason: string }
  | { readonly kind: 'not-sent'; readonly reason: string };

export interface RetryingClient {
  call(call: ServiceCall): Promise<CallOutcome>;
}

/** What guards a service, one of each for a service. */
export interface Guards {
  readonly budget: RetryBudget;
  readonly breaker: CircuitBreaker;
}

/** Under which key an attempt goes out; replaceable as one component. */
export type KeyOfAttempt = (asked: {
  readonly planned: string;
  readonly attempt: number;
  readonly round: number;
  readonly token: number;
}) => string;

/** The same for every attempt, round and leader: that is what the receiver knows it by. */
export const plannedKey: KeyOfAttempt = ({ planned }) => planned;

export interface RetryingClientOptions {
  readonly attemptsMax: number;
  /** An attempt that has no answer by then is given up for another instance. */
  readonly attemptTimeoutMs: number;
  readonly backoff: Backoff;
  readonly keyOfAttempt: KeyOfAttempt;
  readonly guardsOf: (service: string, onBreakerChange: (from: BreakerState, to: BreakerState) => void) => Guards;
}

export function createRetryingClient(
  runtime: Pick<Runtime, 'clock' | 'timers' | 'transport' | 'metrics' | 'log'>,
  options: RetryingClientOptions,
): RetryingClient {
  const { clock, timers, transport, metrics, log } = runtime;
  const { attemptsMax, attemptTimeoutMs, backoff, keyOfAttempt, guardsOf } = options;
  const retriesTotal = metrics.counter('retries_total', 'Retries sent.', ['service']);
  const retriesDenied = metrics.counter('retries_denied_total', 'Retries that the retry budget did not allow.', ['service']);
  const budgetAvailable = metrics.gauge('retry_budget_available', 'Retries that the retry budget would allow now.', ['service']);
  const breakerState = metrics.gauge('breaker_state', 'Circuit breaker: 0 closed, 1 half-open, 2 open.', ['service']);
  const services = new Map<string, Guards>();

  metrics.beforeExpose(() => {
    for (const [service, { budget, breaker }] of services) {
      budgetAvailable.set(budget.available(), { service });
      breakerState.set(breakerStateNumber[breaker.state()], { service });
    }
  });

  function serviceOf(name: string): Guards {
    let service = services.get(name);
    if (service === undefined) {
      service = guardsOf(name, (from, to) => log.warn('breaker.changed', { service: name, from, to }));
      services.set(name, service);
    }
    return service;
  }

  async function call(request: ServiceCall): Promise<CallOutcome> {
    const service = serviceOf(request.service);
    const deadline = deadlineIn(request.deadlineMs, clock);
    const body = JSON.stringify(request.body);
    let mayBeExecuted = false;
    const stop = (reason: string): CallOutcome => ({ kind: mayBeExecuted ? 'ambiguous' : 'not-sent', reason });
    let last = '';

    for (let attempt = 1; ; attempt++) {
      const leftMs = remainingMs(deadline, clock);
      // Less than this would be sent as nothing left.
      if (leftMs < 1) return stop(`no time left before attempt ${attempt}${last}`);
      if (request.signal?.aborted === true) return stop(`told to stop before attempt ${attempt}${last}`);
      const endCall = service.breaker.tryCall();
      if (endCall === undefined) return stop(`the circuit breaker of ${request.service} does not let attempt ${attempt} through${last}`);
      const isFirst = attempt === 1 && request.round === 0;
      if (!isFirst) {
        if (!service.budget.tryRetry()) {
          endCall('neither');
          retriesDenied.inc({ service: request.service });
          return stop(`the retry budget of ${request.service} does not allow attempt ${attempt} of round ${request.round}${last}`);
        }
        retriesTotal.inc({ service: request.service });
      }

      const url = request.urls[(attempt - 1) % request.urls.length] as string;
      const sentAtMs = clock.monotonicMs();
      const outcome = await send(request, url + request.path, body, attempt, Math.min(leftMs, attemptTimeoutMs)).catch((bug: unknown) => {
        endCall('neither');
        throw bug;
      });
      endCall(outcome.ending);
      if (isFirst && outcome.left) service.budget.recordFirstAttempt(sentAtMs);
      if (outcome.kind === 'final') return { kind: 'answered', status: outcome.status, body: outcome.body };
      if (outcome.kind === 'unknown') mayBeExecuted = true;
      last = `; attempt ${attempt}: ${outcome.reason}`;
      if (!outcome.retryable || attempt >= attemptsMax) return stop(`attempt ${attempt}: ${outcome.reason}`);

      const waitMs = Math.max(backoff(attempt), outcome.retryAfterMs);
      if (waitMs >= remainingMs(deadline, clock))
        return stop(`the wait of ${Math.ceil(waitMs)} ms before the next attempt would outlast the deadline${last}`);
      // Woken by the signal as well; the top of the loop tells the difference.
      await timers.sleep(waitMs, request.signal).catch(() => undefined);
    }
  }

  async function send(request: ServiceCall, url: string, body: string, attempt: number, deadlineMs: number): Promise<AttemptOutcome> {
    const { method, idempotencyKey, round, fence, signal } = request;
    const headers = {
      'content-type': 'application/json',
      [idempotencyKeyHeader]: keyOfAttempt({ planned: idempotencyKey, attempt, round, token: fence.token }),
      'x-attempt': String(attempt),
      'x-retry-round': String(round),
      'x-fencing-scope': fence.scope,
      'x-fencing-token': String(fence.token),
      [deadlineHeader]: deadlineHeaderValue(deadlineMs),
    };
    try {
      const response = await transport.request({ url, method, headers, body, deadlineMs, ...(signal === undefined ? {} : { signal }) });
      return outcomeOfResponse(response, () => clock.wallMs());
    } catch (error) {
      return outcomeOfError(error);
    }
  }

  return { call };
}
