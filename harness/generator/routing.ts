/**
 * Who does what: parts of the workers for parts of the work.
 *
 *     any(clients(reserve([[2, writers]], readers)), nemesis(faults))
 */
import { NEMESIS, type Process } from '../history/index.ts';
import { soonest } from './choice.ts';
import { type Generator, type GeneratorContext, restrict, workerOf, wrapNext } from './types.ts';

/** Only for the workers for which `mayUse` holds; it hears only their events. */
export function onWorkers(mayUse: (worker: Process) => boolean, generator: Generator): Generator {
  return {
    op: (context) => wrapNext(generator.op(restrict(context, mayUse)), (next) => onWorkers(mayUse, next)),
    update: (context, event) =>
      mayUse(workerOf(event.process, context.concurrency))
        ? onWorkers(mayUse, generator.update(restrict(context, mayUse), event))
        : onWorkers(mayUse, generator),
  };
}

/** Only for clients. */
export function clients(generator: Generator): Generator {
  return onWorkers((worker) => worker !== NEMESIS, generator);
}

/** Only for the nemesis. */
export function nemesis(generator: Generator): Generator {
  return onWorkers((worker) => worker === NEMESIS, generator);
}

/** Each client worker of a context with its position among them; what `reserve` and `perKey` count along. */
export function clientPositions(context: GeneratorContext): ReadonlyMap<Process, number> {
  const workers = context.processes.flatMap((process) => (process === NEMESIS ? [] : [process % context.concurrency]));
  return new Map(workers.sort((a, b) => a - b).map((worker, position) => [worker, position]));
}

/**
 * The first `count` workers for one generator, the next for another, and all that remain for `rest`. Slow operations of one part
 * can't take the workers of another.
 */
export function reserve(parts: readonly (readonly [count: number, generator: Generator])[], rest: Generator): Generator {
  const bounds: number[] = [];
  let bound = 0;
  for (const [count] of parts) {
    bound += count;
    bounds.push(bound);
  }
  return reserveFrom(bounds, [...parts.map(([, generator]) => generator), rest], 0);
}

function reserveFrom(bounds: readonly number[], generators: readonly Generator[], turn: number): Generator {
  /** Which generator owns each worker of this context; the nemesis, when it is here, goes with the rest. */
  const owners = (context: GeneratorContext): ((worker: Process) => number) => {
    const positions = clientPositions(context);
    return (worker) => {
      const position = positions.get(worker) ?? Number.POSITIVE_INFINITY;
      const part = bounds.findIndex((bound) => position < bound);
      return part === -1 ? bounds.length : part;
    };
  };
  return {
    op: (context) => {
      const owner = owners(context);
      const results = generators.map((generator, part) => generator.op(restrict(context, (worker) => owner(worker) === part)));
      return soonest(generators, results, turn, (next, nextTurn) => reserveFrom(bounds, next, nextTurn));
    },
    update: (context, event) => {
      const owner = owners(context);
      const part = owner(workerOf(event.process, context.concurrency));
      const updated = generators.map((generator, index) =>
        index === part
          ? generator.update(
              restrict(context, (worker) => owner(worker) === part),
              event,
            )
          : generator,
      );
      return reserveFrom(bounds, updated, turn);
    },
  };
}

/** A copy for every process, each seeing only that process. A process number that follows a retired one gets a fresh copy. */
export function eachProcess(generator: Generator): Generator {
  return eachFrom(generator, new Map(), 0);
}

function eachFrom(original: Generator, copies: ReadonlyMap<Process, Generator>, turn: number): Generator {
  return {
    op: (context) => {
      const generators = context.processes.map((process) => copies.get(process) ?? original);
      const results = generators.map((generator, index) => generator.op(narrow(context, context.processes[index] as Process)));
      return soonest(generators, results, turn, (following, nextTurn) =>
        eachFrom(original, new Map(context.processes.map((process, index) => [process, following[index] as Generator])), nextTurn),
      );
    },
    update: (context, event) => {
      const { process } = event;
      const updated = new Map(copies);
      // A retired number never comes back.
      if (event.type === 'info' && process !== NEMESIS) updated.delete(process);
      else updated.set(process, (copies.get(process) ?? original).update(narrow(context, process), event));
      return eachFrom(original, updated, turn);
    },
  };
}

function narrow(context: GeneratorContext, process: Process): GeneratorContext {
  return { ...context, processes: [process], free: context.free.includes(process) ? [process] : [] };
}
