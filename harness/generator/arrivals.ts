/**
 * When operations come: arrivals on a schedule that doesn't care how the pipeline is doing (an open loop).
 *
 * Customers don't wait for each other. When every process is busy the arrival waits, keeps its intended time, and its latency counts
 * from there: a closed loop would stop asking exactly while the pipeline hangs and report that nothing was slow (coordinated
 * omission). The schedule depends on its own stream alone, so the same seed gives the same arrivals whatever the latencies were.
 *
 *     stagger(10, mix(random, [reads, writes]), createRandom(seed, 'arrivals'))   // 100 a second, Poisson
 */
import type { Random } from './random.ts';
import { done, type Generator, type GeneratorResult, nsPerMs, wrapNext } from './types.ts';

export interface ArrivalOptions {
  /** At most this many arrivals wait for a process; further ones are noted as missed and never invoked. */
  readonly backlogLimit?: number;
}

const defaultBacklogLimit = 1000;

/** Poisson arrivals: gaps are exponential with the given mean, the first one too. */
export function stagger(meanIntervalMs: number, generator: Generator, random: Random, options: ArrivalOptions = {}): Generator {
  return arrivals(scheduleOf('stagger', meanIntervalMs, random, options), generator);
}

/** Paced arrivals: exactly so far apart, the first at once. */
export function delay(intervalMs: number, generator: Generator, options: ArrivalOptions = {}): Generator {
  return arrivals(scheduleOf('delay', intervalMs, undefined, options), generator);
}

interface Schedule {
  readonly intervalNs: number;
  readonly backlogLimit: number;
  /** Absent: paced. */
  readonly random: Random | undefined;
  /** The next arrival, nanoseconds, not rounded so that pacing doesn't drift. Absent until first asked. */
  readonly nextAt: number | undefined;
  /** Intended times of arrivals that wait for a process, oldest first. */
  readonly waiting: readonly number[];
}

function scheduleOf(name: string, intervalMs: number, random: Random | undefined, options: ArrivalOptions): Schedule {
  // An interval of zero would be infinitely many arrivals at once.
  if (!(intervalMs > 0)) throw new RangeError(`${name}: expected an interval above 0 ms, got ${intervalMs}`);
  const backlogLimit = options.backlogLimit ?? defaultBacklogLimit;
  if (!(backlogLimit >= 1)) throw new RangeError(`${name}: expected a backlogLimit of at least 1, got ${backlogLimit}`);
  return { intervalNs: intervalMs * nsPerMs, backlogLimit, random, nextAt: undefined, waiting: [] };
}

/** The schedule at `time`: everything that has arrived by then waits, and what found the backlog full is `missed`. */
function advance(schedule: Schedule, time: number): { readonly schedule: Schedule; readonly missed: number } {
  if (schedule.nextAt !== undefined && schedule.nextAt > time) return { schedule, missed: 0 };
  const random = schedule.random?.clone();
  const gap = (): number => random?.exponential(schedule.intervalNs) ?? schedule.intervalNs;
  const waiting = [...schedule.waiting];
  let nextAt = schedule.nextAt ?? (random === undefined ? time : time + gap());
  let missed = 0;
  for (; nextAt <= time; nextAt += gap()) {
    if (waiting.length < schedule.backlogLimit) waiting.push(Math.floor(nextAt));
    else missed++;
  }
  return { schedule: { ...schedule, random, nextAt, waiting }, missed };
}

function arrivals(before: Schedule, generator: Generator): Generator {
  return {
    op: (context): GeneratorResult => {
      const { schedule, missed } = advance(before, context.time);
      if (missed > 0) {
        return { kind: 'note', note: { type: 'missed', count: missed }, next: arrivals(schedule, generator) };
      }
      const [intended, ...others] = schedule.waiting;
      if (intended === undefined) {
        const until = Math.ceil(schedule.nextAt ?? context.time);
        return { kind: 'pending', until, waiting: 0, next: arrivals(schedule, generator) };
      }
      const result = generator.op(context);
      switch (result.kind) {
        case 'done':
          return done;
        case 'note':
          return wrapNext(result, (next) => arrivals(schedule, next));
        case 'pending':
          return { ...result, waiting: result.waiting + schedule.waiting.length, next: arrivals(schedule, result.next) };
        case 'invoke':
          return {
            kind: 'invoke',
            invocation: { ...result.invocation, time: intended },
            next: arrivals({ ...schedule, waiting: others }, result.next),
          };
      }
    },
    update: (context, event) => arrivals(before, generator.update(context, event)),
  };
}
