/**
 * The generators that others are built from: one operation, endless random operations, a pause, a message.
 *
 *     concat(once({ f: 'write', value: 1 }), sleep(100), log('now reading'), repeat(once({ f: 'read' })))
 */
import type { Operation } from '../history/index.ts';
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
  const process = template.process === undefined ? context.free[0] : context.free.find((free) => free === template.process);
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

export interface Unfolding<State> {
  readonly state: State;
  /** The next operation, and the state after it. Must not change the state it is given: it may be asked more often than answers are used. */
  readonly draw: (state: State, context: GeneratorContext) => { readonly template: OperationTemplate; readonly next: State };
  /** What an event teaches. By default nothing. */
  readonly learn?: (state: State, event: Operation) => State;
}

/** Endless operations from a state that moves on with each of them and learns from what happens. */
export function unfold<State>(unfolding: Unfolding<State>): Generator {
  const { state, draw, learn } = unfolding;
  const self: Generator = {
    op: (context) => {
      if (context.free.length === 0) return pending(self);
      const { template, next } = draw(state, context);
      const invocation = assign(template, context);
      return invocation === undefined ? pending(self) : { kind: 'invoke', invocation, next: unfold({ ...unfolding, state: next }) };
    },
    update: (_, event) => {
      const learned = learn === undefined ? state : learn(state, event);
      return learned === state ? self : unfold({ ...unfolding, state: learned });
    },
  };
  return self;
}

/** Endless operations, each made from the stream and nothing else. */
export function generate(random: Random, make: (random: Random, context: GeneratorContext) => OperationTemplate): Generator {
  return unfold({
    state: random,
    draw: (state, context) => {
      const next = state.clone();
      return { template: make(next, context), next };
    },
  });
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
