/**
 * Deadlines that travel. What is sent is the time left, since clocks of two nodes can't be compared; each hop anchors it to its own monotonic
 * clock on arrival. The time on the wire isn't counted, so a hop believes at most that much too long, and the caller has its own timer.
 */
import type { Clock, Headers } from '../runtime/index.ts';

export const deadlineHeader = 'x-deadline-ms';

export interface Deadline {
  /** On this node's monotonic clock. */
  readonly atMs: number;
}

export function deadlineIn(ms: number, clock: Clock): Deadline {
  return { atMs: clock.monotonicMs() + ms };
}

/** Never negative. */
export function remainingMs(deadline: Deadline, clock: Clock): number {
  return Math.max(0, deadline.atMs - clock.monotonicMs());
}

/** Rounded down: the next hop must not believe that it has longer than we will wait. */
export function deadlineHeaderValue(msLeft: number): string {
  return String(Math.floor(Math.max(0, msLeft)));
}

/** The deadline a request carries, at most `longestMs` away; `longestMs` away as well when it carries none that can be read. */
export function carriedDeadline(headers: Headers, clock: Clock, longestMs: number): Deadline {
  const carried = headers[deadlineHeader];
  const ms = carried !== undefined && /^\d{1,15}$/.test(carried) ? Math.min(Number(carried), longestMs) : longestMs;
  return deadlineIn(ms, clock);
}
