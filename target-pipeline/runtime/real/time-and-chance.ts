/** The system's clocks, timers that are never early, and randomness. */
import { randomBytes } from 'node:crypto';
import type { Clock, Random, Timers } from '../port.ts';
import { sleepOn } from '../sleep.ts';

/** `performance.now()` reads CLOCK_MONOTONIC on Linux, which goes on while the process is stopped: a paused leader wakes up late, not young. */
export const systemClock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/** setTimeout takes a signed 32-bit number; anything longer would fire at once, over and over. */
const longestTimeoutMs = 2 ** 31 - 1;

/**
 * Node.js counts timeouts in whole milliseconds of a clock that is rounded down, so they may fire almost a millisecond early. A lease that is
 * taken early is a second leader, so a timer that finds itself early is armed again for the rest. `rate` is how fast `clock` goes, as against
 * the machine's, by which timeouts are counted.
 */
export function createTimers(clock: Clock, rate: () => number = () => 1): Timers {
  function after(ms: number, fn: () => void): () => void {
    if (Number.isNaN(ms)) throw new RangeError('after: expected a number of milliseconds, got NaN');
    const dueMs = clock.monotonicMs() + ms;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const remainingMs = Math.ceil((dueMs - clock.monotonicMs()) / rate());
      timer = setTimeout(fire, Math.min(Math.max(remainingMs, 0), longestTimeoutMs));
    };
    const fire = (): void => {
      if (clock.monotonicMs() < dueMs) arm();
      else fn();
    };
    arm();
    return () => clearTimeout(timer);
  }

  return { after, sleep: sleepOn(after) };
}

/** 80 random bits: among a billion ids, the chance that two are equal is under one in a million. */
export const realRandom: Random = { uniform: () => Math.random(), id: () => randomBytes(10).toString('hex') };
