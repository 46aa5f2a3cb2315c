/**
 * What a model is: a pure, sequential specification of an object, the yardstick that concurrent histories are judged by.
 *
 *     step(state, { f: 'write', input: 3, output: null }) → the next state, or REJECTED: this result cannot come from this state
 */

/** This call cannot have had this output in this state. */
export const REJECTED: unique symbol = Symbol('rejected');

/** The output of a call whose completion never came (`info`): any output is possible. */
export const UNKNOWN_OUTPUT: unique symbol = Symbol('unknown output');

/** One complete call as a model sees it. */
export interface Call {
  readonly f: string;
  /** The object it concerns, when the history says so. */
  readonly key?: string | undefined;
  readonly input: unknown;
  /** What came back, or `UNKNOWN_OUTPUT`. */
  readonly output: unknown;
}

/**
 * What a call can do to a state; a promise the search relies on:
 * - `read`: wherever it is accepted, the state stays as it is.
 * - `overwrite`: accepted everywhere, and the next state does not depend on the state before.
 * - `update`: anything else.
 */
export type Nature = 'read' | 'overwrite' | 'update';

/** A call in the terms of one register, for models that are (or can be seen as) one. */
export type RegisterAction =
  | { readonly kind: 'read'; readonly value: unknown }
  /** It saw some other value than this one: a compare-and-set that failed. */
  | { readonly kind: 'differs'; readonly value: unknown }
  | { readonly kind: 'write'; readonly value: unknown }
  | { readonly kind: 'cas'; readonly expected: unknown; readonly value: unknown };

/** A call in the terms of a collection of values, for the queue, stack and set monitors. */
export type CollectionAction =
  | { readonly kind: 'insert'; readonly value: unknown }
  | { readonly kind: 'remove'; readonly value: unknown }
  /** It found nothing to remove. */
  | { readonly kind: 'empty' }
  /** Nobody knows what it removed, if anything. */
  | { readonly kind: 'remove-unknown' };

/** Which value leaves next: the oldest, the newest, or any. */
export type CollectionOrder = 'fifo' | 'lifo' | 'any';

/** States that none of some calls can tell apart are one. */
export interface Specialization<S> {
  readonly model: Model<S>;
  /** The state that stands for this one. */
  stateFor(state: S): S;
}

export interface Model<S> {
  readonly name: string;
  /** One sentence for people. */
  readonly description: string;
  /** Functions it knows; an operation with another one is an input error, not a violation. */
  readonly functions: readonly string[];
  init(initial: unknown): S;
  step(state: S, call: Call): S | typeof REJECTED;
  /** Equal exactly for equal states. */
  canonical(state: S): string;
  describeState(state: S): string;
  describeCall(call: Call): string;
  /** Why this call is malformed (not: why its result is wrong), for example a cas without a pair. */
  problem?(call: Call): string | undefined;
  /** Absent: every call is an `update`. */
  nature?(call: Call): Nature;
  /** Operations of different partitions are independent. Absent: partitioned by the operation's key. */
  partition?(call: Call): string | undefined;
  /** A model that answers these calls, and any sequence of them, exactly as this one does, with fewer states. */
  specialize?(calls: readonly Call[]): Specialization<S>;
  /** Only for models of a single register: the call in register terms. */
  asRegister?(call: Call): RegisterAction | undefined;
  /** Only for collections; `order` names the monitor that decides distinct values. */
  readonly collection?: { readonly order: CollectionOrder; as(call: Call): CollectionAction | undefined };
}

/** A specification with several possible next states for one call; empty means rejected. */
export interface NondeterministicModel<S> {
  readonly name: string;
  readonly description: string;
  readonly functions: readonly string[];
  initSet(initial: unknown): readonly S[];
  stepSet(state: S, call: Call): readonly S[];
  canonical(state: S): string;
  describeState(state: S): string;
  describeCall(call: Call): string;
  problem?(call: Call): string | undefined;
  partition?(call: Call): string | undefined;
}

/**
 * Turns a nondeterministic model into a deterministic one over sets of states (the subset construction): a history is
 * linearizable under one exactly when it is under the other.
 */
export function determinize<S>(model: NondeterministicModel<S>): Model<readonly S[]> {
  const distinct = (states: Iterable<S>): readonly S[] => {
    const byName = new Map<string, S>();
    for (const state of states) byName.set(model.canonical(state), state);
    return [...byName.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, state]) => state);
  };
  return {
    name: model.name,
    description: model.description,
    functions: model.functions,
    init: (initial) => distinct(model.initSet(initial)),
    step(states, call) {
      const next = distinct(states.flatMap((state) => model.stepSet(state, call)));
      return next.length === 0 ? REJECTED : next;
    },
    canonical: (states) => JSON.stringify(states.map((state) => model.canonical(state))),
    describeState: (states) => states.map((state) => model.describeState(state)).join(' or '),
    describeCall: (call) => model.describeCall(call),
    ...(model.problem === undefined ? {} : { problem: (call: Call) => model.problem?.(call) }),
    ...(model.partition === undefined ? {} : { partition: (call: Call) => model.partition?.(call) }),
  };
}

/** `f(input) → output`, the default description of a call; a `null` that only says "done" is left out. */
export function describe(call: Call): string {
  const observes = call.f === 'read' || call.f === 'get' || call.f === 'dequeue' || call.f === 'pop';
  const isNothing = (value: unknown): boolean => value === null || value === undefined;
  const input = isNothing(call.input) || call.f === 'get' ? '' : JSON.stringify(call.input);
  const says = observes || !(isNothing(call.output) || call.output === call.input);
  const output = call.output === UNKNOWN_OUTPUT ? ' → ?' : says ? ` → ${JSON.stringify(call.output ?? null)}` : '';
  return `${call.key === undefined ? '' : `${call.key}: `}${call.f}(${input})${output}`;
}
