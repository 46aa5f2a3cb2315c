/** What one attempt says about the effect it asked for. The one place where ambiguity is decided. */
import { problemCode, TransportError, type TransportResponse } from '../runtime/index.ts';
import type { CallEnding } from './circuit-breaker.ts';

export type AttemptOutcome = {
  /** For the circuit breaker. */
  readonly ending: CallEnding;
  /** It may have left this node. */
  readonly left: boolean;
} & (
  | {
      /** The receiver decided; asking again would give the same. */ readonly kind: 'final';
      readonly status: number;
      readonly body: string;
    }
  | {
      /** `not-executed`: it did not happen through this attempt and never will. `unknown`: it may have happened, or may still. */
      readonly kind: 'not-executed' | 'unknown';
      readonly retryable: boolean;
      readonly reason: string;
      /** 0 when the receiver did not say. */
      readonly retryAfterMs: number;
    }
);

/** Problem codes with which a receiver vouches that nothing was done. A bare 503 vouches for nothing: anything on the way may have made it. */
const vouchedNotExecuted: ReadonlySet<string> = new Set(['overloaded', 'unavailable']);

export function outcomeOfResponse({ status, headers, body }: TransportResponse, wallMs: () => number): AttemptOutcome {
  const code = problemCode(body);
  const ending = status >= 500 || status === 429 || status === 408 ? 'failure' : 'success';
  const undecided = {
    ending,
    left: true,
    reason: code === undefined ? `status ${status}` : `status ${status}, ${code}`,
    retryAfterMs: parseRetryAfter(headers['retry-after'], wallMs),
  } as const;
  switch (status) {
    case 429:
    case 503:
      return { ...undecided, kind: code !== undefined && vouchedNotExecuted.has(code) ? 'not-executed' : 'unknown', retryable: true };
    case 408:
      // The request was not here in full, so no handler saw it.
      return { ...undecided, kind: code === 'invalid-request' ? 'not-executed' : 'unknown', retryable: true };
    case 409:
      if (code === 'idempotency-key-in-flight') return { ...undecided, kind: 'unknown', retryable: true };
      return { kind: 'final', ending, left: true, status, body };
    default:
      return status >= 500 ? { ...undecided, kind: 'unknown', retryable: false } : { kind: 'final', ending, left: true, status, body };
  }
}

/** Throws what isn't a `TransportError`: that is a bug, not an outcome. */
export function outcomeOfError(error: unknown): AttemptOutcome {
  if (!(error instanceof TransportError)) throw error;
  const undecided = { reason: error.message, retryAfterMs: 0 };
  switch (error.kind) {
    case 'refused':
      return { ...undecided, kind: 'not-executed', retryable: true, left: false, ending: 'failure' };
    case 'timeout':
    case 'lost':
      return { ...undecided, kind: 'unknown', retryable: true, left: true, ending: 'failure' };
    case 'aborted':
      return { ...undecided, kind: 'unknown', retryable: false, left: true, ending: 'neither' };
  }
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3); 0 when absent or unreadable. */
export function parseRetryAfter(value: string | undefined, wallMs: () => number): number {
  if (value === undefined) return 0;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? 0 : Math.max(0, dateMs - wallMs());
}
