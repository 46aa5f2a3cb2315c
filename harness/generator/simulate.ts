/**
 * Runs a generator against a virtual clock, without threads, sockets or waiting: hours of schedule in milliseconds. For tests of
 * generators, and to see what a workload would do before it does it.
 */
import type { CompletionType, Operation, OperationError } from '../history/index.ts';
import { Interpreter, type Step } from './interpreter.ts';
import { type Generator, type GeneratorNote, type Invocation, nsPerMs } from './types.ts';

const never = Number.POSITIVE_INFINITY;

export interface SimulatedCompletion {
  readonly latencyMs: number;
  readonly type: CompletionType;
  /** Without one, the invocation's value. */
  readonly value?: unknown;
  readonly error?: OperationError;
}

export interface SimulateOptions {
  readonly generator: Generator;
  readonly concurrency: number;
  readonly withNemesis?: boolean;
  /** How each operation ends. By default everything is `ok` after 10 ms. */
  readonly complete?: (invocation: Invocation, time: number) => SimulatedCompletion;
  /** Stop after this many invocations: endless generators can be looked at too. */
  readonly maxInvocations?: number;
}

export interface Simulation {
  readonly history: readonly Operation[];
  readonly notes: readonly { readonly time: number; readonly note: GeneratorNote }[];
  /** Sum over the notes. */
  readonly missed: number;
  readonly maxWaiting: number;
}

/** The history that the generator would make, invocations and completions, and everything it noted. */
export function simulate(options: SimulateOptions): Simulation {
  const complete = options.complete ?? (() => ({ latencyMs: 10, type: 'ok' as const }));
  const maxInvocations = options.maxInvocations ?? never;
  const history: Operation[] = [];
  const notes: { time: number; note: GeneratorNote }[] = [];
  const interpreter = new Interpreter({
    generator: options.generator,
    concurrency: options.concurrency,
    withNemesis: options.withNemesis ?? false,
    onNote: (note, time) => notes.push({ time, note }),
  });
  const open: { readonly at: number; readonly invocation: Invocation; readonly completion: SimulatedCompletion }[] = [];
  let time = 0;
  let invocations = 0;
  let maxWaiting = 0;

  const record = (operation: Omit<Operation, 'index'>): Operation => {
    const recorded = { index: history.length, ...operation };
    history.push(recorded);
    return recorded;
  };
  const completeDue = (): void => {
    for (let due = open[0]; due !== undefined && due.at <= time; due = open[0]) {
      open.shift();
      const { f, process, key, value } = due.invocation;
      const { type, error } = due.completion;
      interpreter.completed(
        record({
          time: due.at,
          process,
          type,
          f,
          value: due.completion.value ?? value,
          ...(key === undefined ? {} : { key }),
          ...(error === undefined ? {} : { error }),
        }),
      );
    }
  };
  const invoke = (invocation: Invocation): void => {
    const { f, process, key, value, time: intended } = invocation;
    interpreter.invoked(record({ time, process, type: 'invoke', f, value, intended, ...(key === undefined ? {} : { key }) }));
    const completion = complete(invocation, time);
    const at = time + Math.round(completion.latencyMs * nsPerMs);
    const position = open.findIndex((other) => other.at > at);
    open.splice(position === -1 ? open.length : position, 0, { at, invocation, completion });
    invocations++;
  };

  for (;;) {
    completeDue();
    const step: Step = invocations < maxInvocations ? interpreter.next(time) : { kind: 'done' };
    if (step.kind === 'invoke') {
      invoke(step.invocation);
      continue;
    }
    if (step.kind === 'wait') maxWaiting = Math.max(maxWaiting, step.waiting);
    const until = step.kind === 'wait' ? step.until : undefined;
    const wakeAt = Math.min(open[0]?.at ?? never, until ?? never);
    if (wakeAt === never) break;
    time = wakeAt;
  }
  const missed = notes.reduce((sum, { note }) => sum + (note.type === 'missed' ? note.count : 0), 0);
  return { history, notes, missed, maxWaiting };
}
