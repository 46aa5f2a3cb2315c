/**
 * A bounded queue in front of bounded work. What doesn't fit is refused at once, before anything was done, and what waited past its deadline is
 * not done any more: its caller has left, and working for nobody is how an overloaded service stays overloaded.
 */
import { type Clock, type OutgoingResponse, problemResponse } from '../runtime/index.ts';
import type { Deadline } from './deadline.ts';

export interface LoadShedderOptions {
  readonly concurrencyMax: number;
  readonly queueMax: number;
}

export type ShedReason = 'queue-full' | 'deadline-passed' | 'caller-left';

export type Admission<Result> = { readonly kind: 'done'; readonly value: Result } | { readonly kind: 'shed'; readonly reason: ShedReason };

export interface LoadShedder {
  /** Does `work` when its turn comes; whatever it throws is thrown. */
  run<Result>(
    caller: { readonly deadline: Deadline; readonly signal?: AbortSignal },
    work: () => Promise<Result>,
  ): Promise<Admission<Result>>;
  /** Calls at work and calls that wait. */
  load(): { readonly working: number; readonly queued: number };
}

interface Waiting {
  readonly deadline: Deadline;
  readonly signal: AbortSignal | undefined;
  /** `undefined` lets it work. */
  readonly decide: (shed: ShedReason | undefined) => void;
}

export function createLoadShedder(
  { concurrencyMax, queueMax }: LoadShedderOptions,
  clock: Clock,
  onShed: (reason: ShedReason) => void,
): LoadShedder {
  let working = 0;
  let queue: Waiting[] = [];

  const lateness = ({ deadline, signal }: Pick<Waiting, 'deadline' | 'signal'>): ShedReason | undefined => {
    if (signal?.aborted === true) return 'caller-left';
    return clock.monotonicMs() >= deadline.atMs ? 'deadline-passed' : undefined;
  };

  const next = (): void => {
    while (working < concurrencyMax) {
      const first = queue.shift();
      if (first === undefined) return;
      const late = lateness(first);
      if (late === undefined) working += 1;
      first.decide(late);
    }
  };

  /** Those that are late take no place from those that are not. */
  const dropLate = (): void => {
    const inTime: Waiting[] = [];
    for (const waiting of queue) {
      const late = lateness(waiting);
      if (late === undefined) inTime.push(waiting);
      else waiting.decide(late);
    }
    queue = inTime;
  };

  const turn = (deadline: Deadline, signal: AbortSignal | undefined): Promise<ShedReason | undefined> => {
    const late = lateness({ deadline, signal });
    if (late !== undefined) return Promise.resolve(late);
    if (working < concurrencyMax) {
      working += 1;
      return Promise.resolve(undefined);
    }
    if (queue.length >= queueMax) dropLate();
    if (queue.length >= queueMax) return Promise.resolve('queue-full');
    return new Promise((decide) => queue.push({ deadline, signal, decide }));
  };

  return {
    run: async ({ deadline, signal }, work) => {
      const reason = await turn(deadline, signal);
      if (reason !== undefined) {
        onShed(reason);
        return { kind: 'shed', reason };
      }
      try {
        return { kind: 'done', value: await work() };
      } finally {
        working -= 1;
        next();
      }
    },
    load: () => ({ working, queued: queue.length }),
  };
}

/** 503: nothing was done, come back later. */
export function shedResponse(reason: ShedReason, retryAfterSeconds: number): OutgoingResponse {
  const detail = `The call was shed before it began (${reason}); nothing was done. Retry after ${retryAfterSeconds} s.`;
  return problemResponse({ code: 'overloaded', status: 503, detail }, { 'retry-after': String(retryAfterSeconds) });
}
