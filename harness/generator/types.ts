/**
 * The generator protocol: what to do next, as a pure value.
 *
 * A generator answers two questions and never changes: `op` gives the next operation for a context together with the generator that
 * follows, and `update` gives the generator that follows an event. Whoever runs it (the client runner, or the simulator) keeps the
 * newest value. Because nothing mutates, a combinator may ask a child and throw the answer away.
 */
import { NEMESIS, type Operation, type Process } from '../history/index.ts';

/** Nanoseconds in a millisecond; options are in milliseconds, the clock is in nanoseconds. */
export const nsPerMs = 1_000_000;

/** What may be done now, and by whom. */
export interface GeneratorContext {
  /** Nanoseconds since the run began. */
  readonly time: number;
  /** How many client workers there are in the whole run, whatever part of them this context shows. */
  readonly concurrency: number;
  /** Processes this generator may use, one for each worker. */
  readonly processes: readonly Process[];
  /** Those of them with nothing to do, longest idle first. */
  readonly free: readonly Process[];
}

/** An operation before it is given a process and a time. */
export interface OperationTemplate {
  readonly f: string;
  readonly value?: unknown;
  readonly key?: string;
  /** Only this process may do it; while it is busy the generator waits. */
  readonly process?: Process;
}

/** An operation ready to be invoked. */
export interface Invocation {
  readonly f: string;
  readonly value: unknown;
  readonly key?: string;
  readonly process: Process;
  /** When the schedule wanted it, nanoseconds; never later than the context's time, earlier when every process was busy. */
  readonly time: number;
}

/** Something to tell people or count, which needs no process. */
export type GeneratorNote =
  | { readonly type: 'log'; readonly message: string }
  /** Arrivals that will never be invoked: the backlog was full, or time was up while they waited. */
  | { readonly type: 'missed'; readonly count: number };

export type GeneratorResult =
  /** Nothing will ever come again. */
  | { readonly kind: 'done' }
  /** Nothing can be done now: ask again when a process is free, or at `until` (nanoseconds). `waiting` arrivals are queued. */
  | { readonly kind: 'pending'; readonly until?: number; readonly waiting: number; readonly next: Generator }
  | { readonly kind: 'note'; readonly note: GeneratorNote; readonly next: Generator }
  | { readonly kind: 'invoke'; readonly invocation: Invocation; readonly next: Generator };

export interface Generator {
  op(context: GeneratorContext): GeneratorResult;
  /** Every recorded operation comes by, those of other generators too. The context is as it stands after the event. */
  update(context: GeneratorContext, event: Operation): Generator;
}

export const done = { kind: 'done' } as const satisfies GeneratorResult;

/** Has nothing to do, ever. */
export const nothing: Generator = { op: () => done, update: () => nothing };

/** The worker behind a process. Retired numbers go up by `concurrency`, so the worker is what remains. */
export function workerOf(process: Process, concurrency: number): Process {
  return process === NEMESIS ? NEMESIS : process % concurrency;
}

/** The context as seen by a generator that may only use the workers for which `mayUse` holds. */
export function restrict(context: GeneratorContext, mayUse: (worker: Process) => boolean): GeneratorContext {
  const allowed = (process: Process): boolean => mayUse(workerOf(process, context.concurrency));
  return { ...context, processes: context.processes.filter(allowed), free: context.free.filter(allowed) };
}

/** The same result with the generator that follows wrapped: the one line every combinator around one child needs. */
export function wrapNext(result: GeneratorResult, wrap: (next: Generator) => Generator): GeneratorResult {
  return result.kind === 'done' ? result : { ...result, next: wrap(result.next) };
}

/** Waiting for a process or an event, without a time. */
export function pending(next: Generator): GeneratorResult {
  return { kind: 'pending', waiting: 0, next };
}
