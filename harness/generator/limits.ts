/**
 * How many, how long, and which: bounds on a generator, and changes to what it gives.
 *
 *     timeLimit(30_000, limit(100, writes))
 */
import { done, type Generator, type GeneratorContext, type GeneratorResult, type Invocation, nothing, nsPerMs, wrapNext } from './types.ts';

/** At most `count` operations. Messages don't count. */
export function limit(count: number, generator: Generator): Generator {
  if (count <= 0) return nothing;
  return {
    op: (context) => {
      const result = generator.op(context);
      return wrapNext(result, (next) => limit(result.kind === 'invoke' ? count - 1 : count, next));
    },
    update: (context, event) => limit(count, generator.update(context, event)),
  };
}

/** No new operations once `durationMs` have passed since it was first asked. Arrivals that still waited are noted as missed. */
export function timeLimit(durationMs: number, generator: Generator): Generator {
  return {
    op: (context) => timeLimitUntil(context.time + durationMs * nsPerMs, generator).op(context),
    update: (context, event) => timeLimit(durationMs, generator.update(context, event)),
  };
}

function timeLimitUntil(until: number, generator: Generator): Generator {
  return {
    op: (context) => {
      // What arrives at `until` itself was never wanted.
      if (context.time >= until) return abandon(generator, { ...context, time: until - 1, free: [] });
      const result = wrapNext(generator.op(context), (next) => timeLimitUntil(until, next));
      if (result.kind !== 'pending') return result;
      return { ...result, until: Math.min(result.until ?? Number.POSITIVE_INFINITY, until) };
    },
    update: (context, event) => timeLimitUntil(until, generator.update(context, event)),
  };
}

/** Ends a generator, and says how many arrivals were waiting in it: load that was wanted and never offered must not vanish. */
function abandon(generator: Generator, contextWithNoFree: GeneratorContext): GeneratorResult {
  const result = generator.op(contextWithNoFree);
  switch (result.kind) {
    case 'done':
      return done;
    case 'pending':
      return result.waiting === 0 ? done : { kind: 'note', note: { type: 'missed', count: result.waiting }, next: nothing };
    case 'note': {
      const { next } = result;
      const rest: Generator = { op: () => abandon(next, contextWithNoFree), update: () => rest };
      return { ...result, next: rest };
    }
    case 'invoke':
      throw new Error(`a generator gave ${result.invocation.f} to process ${result.invocation.process} when no process was free`);
  }
}

/** Changes what an operation asks for. Its process and time stay. Events reach the generator unchanged. */
export function map(change: (invocation: Invocation) => Pick<Invocation, 'f' | 'value' | 'key'>, generator: Generator): Generator {
  return {
    op: (context) => {
      const result = wrapNext(generator.op(context), (next) => map(change, next));
      if (result.kind !== 'invoke') return result;
      const { process, time } = result.invocation;
      const { f, value, key } = change(result.invocation);
      return { ...result, invocation: { f, value, process, time, ...(key === undefined ? {} : { key }) } };
    },
    update: (context, event) => map(change, generator.update(context, event)),
  };
}

/** Only operations for which `keep` holds; the others are dropped as if they had never come. Some must pass, or it never returns. */
export function filter(keep: (invocation: Invocation) => boolean, generator: Generator): Generator {
  return {
    op: (context) => {
      let result = generator.op(context);
      while (result.kind === 'invoke' && !keep(result.invocation)) result = result.next.op(context);
      return wrapNext(result, (next) => filter(keep, next));
    },
    update: (context, event) => filter(keep, generator.update(context, event)),
  };
}
