/**
 * One after another: sequences, barriers between phases, and repetition.
 *
 *     phases(load, log('recovering'), finalReads)
 */
import { done, type Generator, type GeneratorContext, type GeneratorResult, nothing, pending, wrapNext } from './types.ts';

/** Each generator until it is exhausted, then the next, without waiting for open operations. */
export function concat(...generators: readonly Generator[]): Generator {
  const [first, ...rest] = generators;
  if (first === undefined) return nothing;
  if (rest.length === 0) return first;
  return {
    op: (context) => {
      const result = first.op(context);
      return result.kind === 'done' ? concat(...rest).op(context) : wrapNext(result, (next) => concat(next, ...rest));
    },
    // Only the one that runs hears events, as if the others did not exist yet.
    update: (context, event) => concat(first.update(context, event), ...rest),
  };
}

/** Waits until every process is free, then becomes `generator`. */
export function synchronize(generator: Generator): Generator {
  const self: Generator = {
    op: (context) => (context.free.length === context.processes.length ? generator.op(context) : pending(self)),
    update: (context, event) => synchronize(generator.update(context, event)),
  };
  return self;
}

/** Generators one after another; each begins only when every operation of the one before has completed. */
export function phases(...generators: readonly Generator[]): Generator {
  return concat(...generators.map(synchronize));
}

/**
 * `first`, and when all of its operations have completed, `second`. Not called `then`: a module that exports that name is a thenable,
 * and `await import()` of it never returns.
 */
export function andThen(first: Generator, second: Generator): Generator {
  return concat(first, synchronize(second));
}

/** The generator's next operation again and again, without moving it on; `times` operations in all. */
export function repeat(generator: Generator, times = Number.POSITIVE_INFINITY): Generator {
  if (times <= 0) return nothing;
  return {
    op: (context) => {
      const result = generator.op(context);
      return result.kind === 'invoke' ? { ...result, next: repeat(generator, times - 1) } : wrapNext(result, (next) => repeat(next, times));
    },
    update: (context, event) => repeat(generator.update(context, event), times),
  };
}

/** The whole generator from the start again whenever it is exhausted; `times` rounds in all. */
export function cycle(generator: Generator, times = Number.POSITIVE_INFINITY): Generator {
  return cycleFrom(generator, generator, times, false);
}

/** `emitted`: this round has given something; a round that gives nothing would go round for ever, so it ends the cycle. */
function cycleFrom(start: Generator, current: Generator, rounds: number, emitted: boolean): Generator {
  if (rounds <= 0) return nothing;
  return {
    op: (context) => {
      const result = current.op(context);
      if (result.kind !== 'done') return wrapNext(result, (next) => cycleFrom(start, next, rounds, true));
      return emitted ? cycleFrom(start, start, rounds - 1, false).op(context) : done;
    },
    update: (context, event) => cycleFrom(start, current.update(context, event), rounds, emitted),
  };
}

/** Alternates, one operation each, until either is exhausted. */
export function flipFlop(first: Generator, second: Generator): Generator {
  return {
    op: (context) => {
      const result = first.op(context);
      return result.kind === 'invoke'
        ? { ...result, next: flipFlop(second, result.next) }
        : wrapNext(result, (next) => flipFlop(next, second));
    },
    update: (context, event) => flipFlop(first.update(context, event), second.update(context, event)),
  };
}

/** Operations of the generator until one of them completes `ok`. */
export function untilOk(generator: Generator): Generator {
  return untilOneOk(generator, new Set());
}

/** `ours`: processes that have an operation of this generator open; another generator's `ok` must not count. */
function untilOneOk(generator: Generator, ours: ReadonlySet<unknown>): Generator {
  return {
    op: (context: GeneratorContext): GeneratorResult => {
      const result = generator.op(context);
      return result.kind === 'invoke'
        ? { ...result, next: untilOneOk(result.next, new Set(ours).add(result.invocation.process)) }
        : wrapNext(result, (next) => untilOneOk(next, ours));
    },
    update: (context, event) => {
      const next = generator.update(context, event);
      if (event.type === 'invoke' || !ours.has(event.process)) return untilOneOk(next, ours);
      if (event.type === 'ok') return nothing;
      const open = new Set(ours);
      open.delete(event.process);
      return untilOneOk(next, open);
    },
  };
}
