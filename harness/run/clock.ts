/** The clock of a run: nanoseconds since it began, monotonic, and sleeping on it. */
import { setTimeout as timer } from 'node:timers/promises';

export interface RunClock {
  readonly startedAtIso: string;
  now(): number;
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export function startRunClock(): RunClock {
  const origin = process.hrtime.bigint();
  return {
    startedAtIso: new Date().toISOString(),
    now: () => Number(process.hrtime.bigint() - origin),
    sleep: (ms, signal) => timer(Math.max(0, ms), undefined, signal === undefined ? {} : { signal }),
  };
}
