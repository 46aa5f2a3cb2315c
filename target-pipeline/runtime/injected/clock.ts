/** A clock that can be made wrong: stepped, slowed, hurried. The machine's own clock stays as it is. */
import type { Clock } from '../port.ts';

export interface ClockFault {
  /** Added to the wall clock at once. */
  readonly offsetMs: number;
  /** How fast the wall clock goes from then on; 1 is right, 0 stands still. */
  readonly wallRate: number;
  /** How fast the monotonic clock goes. It never steps, and keeps what it gained or lost. */
  readonly monotonicRate: number;
}

export const rightClock: ClockFault = { offsetMs: 0, wallRate: 1, monotonicRate: 1 };

export interface SkewedClock extends Clock {
  /** How fast the monotonic clock goes now. */
  monotonicRate(): number;
  /** Takes the place of what was wrong before. */
  skew(fault: ClockFault): void;
}

export function createSkewedClock(right: Clock): SkewedClock {
  let fault = rightClock;
  /** Readings of the right clock when the fault began, and of this one. */
  let wallFromMs = 0;
  let since = { rightMs: 0, shownMs: 0 };
  const monotonicMs = (): number => since.shownMs + (right.monotonicMs() - since.rightMs) * fault.monotonicRate;
  return {
    monotonicMs,
    wallMs: () => {
      const rightMs = right.wallMs();
      return Math.floor(wallFromMs + fault.offsetMs + (rightMs - wallFromMs) * fault.wallRate);
    },
    monotonicRate: () => fault.monotonicRate,
    skew: (next) => {
      since = { rightMs: right.monotonicMs(), shownMs: monotonicMs() };
      wallFromMs = right.wallMs();
      fault = next;
    },
  };
}
