/**
 * The generators that others are built from: one operation, endless random operations, a pause, a message.
 *
 *     concat(once({ f: 'write', value: 1 }), sleep(100), log('now reading'), repeat(once({ f: 'read' })))
 */
import type { Random } from './random.ts';
import {
  done,
  type Generator,
  type GeneratorContext,
  type Invocation,
  nothing,
  nsPerMs,
  type OperationTemplate,
  pending,
} from './types.ts';

/** Gives the template to the process it asks for, else to the one that has been idle longest; `undefined` while that one is busy. */
export function assign(template: OperationTemplate, context: GeneratorContext): Invocation | undefined {
  const process =
    template.process === undefined ? context.free[0] : context.free.find((free) => free === template.process);
  if (process === undefined) return undefined;
  return {
    f: template.f,
    value: template.value ?? null,
    process,
    time: context.time,
    ...(template.key === undefined ? {} : { key: template.key }),
  };
}

/** One operation. */
export function once(template: OperationTemplate): Generator {
  const self: Generator = {
    op: (context) => {
      const invocation = assign(template, context);
      return invocation === undefined ? pending(self) : { kind: 'invoke', invocation, next: nothing };
    },
    update: () => self,
  };
  return self;
}

/**
 * Endless operations, each made from the stream. `make` must not depend on anything else that changes; it may be called more often
 * than operations are invoked.
 */
export function generate(
  random: Random,
  make: (random: Random, context: GeneratorContext) => OperationTemplate,
): Generator {
  const self: Generator = {
    op: (context) => {
      if (context.free.length === 0) return pending(self);
      const drawn = random.clone();
      const invocation = assign(make(drawn, context), context);
      return invocation === undefined ? pending(self) : { kind: 'invoke', invocation, next: generate(drawn, make) };
    },
    update: () => self,
  };
  return self;
}

/** Nothing for a while, counted from when it is first asked. Holds no process. */
export function sleep(durationMs: number): Generator {
  const start: Generator = {
    op: (context) => sleepUntil(context.time + durationMs * nsPerMs).op(context),
    update: () => start,
  };
  return start;
}

function sleepUntil(until: number): Generator {
  const self: Generator = {
    op: (context) => (context.time >= until ? done : { kind: 'pending', until, waiting: 0, next: self }),
    update: () => self,
  };
  return self;
}

/** A message for people, once. */
export function log(message: string): Generator {
  const self: Generator = {
    op: () => ({ kind: 'note', note: { type: 'log', message }, next: nothing }),
    update: () => self,
  };
  return self;
}
