/**
 * Exponential back-off with full jitter: uniform between nothing and the exponential bound. Clients that failed together spread over the whole
 * interval instead of coming back together (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
import type { Random } from '../runtime/index.ts';

export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
}

/** How long to wait before retry number `retry`, counted from 1. */
export type Backoff = (retry: number) => number;

export function fullJitter({ baseMs, capMs }: BackoffOptions, random: Random): Backoff {
  return (retry) => random.uniform() * Math.min(capMs, baseMs * 2 ** (retry - 1));
}
