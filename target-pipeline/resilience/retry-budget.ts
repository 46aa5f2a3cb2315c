/**
 * The retry budget: retries may be at most a share of first attempts, so that clients of a failing service add a bounded load to it instead of
 * multiplying it. Of the two known forms (a bucket that leaks, a window that slides) this is the window, since it holds at every instant:
 *
 *     R(s−τ, s] ≤ β·F(s−τ, s] + m·τ
 *
 * with F first attempts, R retries, τ the window, β the share and m a floor that lets a client with little traffic retry at all (Finagle's
 * RetryBudget: 20 % over 10 s, and 10 a second).
 */
import type { Clock } from '../runtime/index.ts';

export interface RetryBudgetOptions {
  /** β: retries for each first attempt. */
  readonly share: number;
  /** m: retries a second that are always allowed, averaged over the window. */
  readonly floorPerSecond: number;
  /** τ. */
  readonly windowMs: number;
}

export interface RetryBudget {
  /**
   * A first attempt left at `sentAtMs` on the monotonic clock. To be told once it is known that it left: what never reached the network earns
   * no retries, or the budget would be broader than the load that the service sees.
   */
  recordFirstAttempt(sentAtMs: number): void;
  /** Takes one retry, to be sent now, out of the budget; false when there is none. */
  tryRetry(): boolean;
  /** How many retries could be sent now. */
  available(): number;
}

/** 0.2·5 must be 1, not a hair less. */
const roundingSlack = 1e-9;

export function createRetryBudget({ share, floorPerSecond, windowMs }: RetryBudgetOptions, clock: Clock): RetryBudget {
  const firstAttempts = new SlidingCount(windowMs);
  const retries = new SlidingCount(windowMs);
  const floor = (floorPerSecond * windowMs) / 1_000;

  const available = (): number => {
    const nowMs = clock.monotonicMs();
    const allowed = Math.floor(share * firstAttempts.at(nowMs) + floor + roundingSlack);
    return Math.max(0, allowed - retries.at(nowMs));
  };
  return {
    recordFirstAttempt: (sentAtMs) => firstAttempts.add(sentAtMs),
    tryRetry: () => {
      if (available() === 0) return false;
      retries.add(clock.monotonicMs());
      return true;
    },
    available,
  };
}

/** How many instants lie in the window (now − windowMs, now]. Kept in order; they come nearly so. */
class SlidingCount {
  private readonly windowMs: number;
  private instantsMs: number[] = [];
  private oldest = 0;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  add(instantMs: number): void {
    const { instantsMs } = this;
    let at = instantsMs.length;
    while (at > this.oldest && (instantsMs[at - 1] as number) > instantMs) at -= 1;
    instantsMs.splice(at, 0, instantMs);
  }

  at(nowMs: number): number {
    this.forget(nowMs);
    return this.instantsMs.length - this.oldest;
  }

  private forget(nowMs: number): void {
    const { instantsMs } = this;
    while (this.oldest < instantsMs.length && (instantsMs[this.oldest] as number) <= nowMs - this.windowMs) this.oldest += 1;
    if (this.oldest > 1_024 && this.oldest * 2 > instantsMs.length) {
      this.instantsMs = instantsMs.slice(this.oldest);
      this.oldest = 0;
    }
  }
}
