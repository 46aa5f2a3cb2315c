/**
 * Questions about a part of a history: do these operations have an explanation, if every other operation was free to take effect
 * within its interval or not to? Leaving operations free can only make more histories explainable, so that a "no" here is a "no" to the whole.
 */
import { type Call, Interner, type Model } from '../models/index.ts';
import type { Budget } from './budget.ts';
import { problemOfCalls } from './formulate.ts';
import { callPositions, type Partition, type PartitionedHistory } from './partitions.ts';
import { NEVER, type Problem } from './problem.ts';
import { search } from './search.ts';
import { linearization } from './trace.ts';

/** A partition up to and including the return that can't be explained. */
export interface Cut<S> {
  readonly history: PartitionedHistory;
  readonly partition: Partition;
  readonly model: Model<S>;
  readonly initial: unknown;
  readonly event: number;
  /** Local call → position of its call. */
  readonly called: Int32Array;
  /** Absent unless every call is one of a register. */
  readonly written: WrittenValues | undefined;
}

/** The values that calls leave in a register. Numbered once, since each question is about nearly all of them. */
interface WrittenValues {
  /** Local call → the value it leaves, -1 when it leaves what was there. */
  readonly byCall: Int32Array;
  readonly values: Interner;
}

export function cutAt<S>(
  history: PartitionedHistory,
  partition: Partition,
  { model, initial, event }: Pick<Cut<S>, 'model' | 'initial' | 'event'>,
): Cut<S> {
  const called = callPositions(partition);
  return { history, partition, model, initial, event, called, written: writtenValues(history, partition, model) };
}

function writtenValues<S>(history: PartitionedHistory, partition: Partition, { asRegister }: Model<S>): WrittenValues | undefined {
  if (asRegister === undefined) return undefined;
  const values = new Interner();
  const byCall = new Int32Array(partition.count).fill(-1);
  for (let local = 0; local < partition.count; local++) {
    const action = asRegister(history.callOf(partition.calls[local] as number));
    if (action === undefined) return undefined;
    if (action.kind === 'write' || action.kind === 'cas') byCall[local] = values.intern(action.value);
  }
  return { byCall, values };
}

export interface Excerpt {
  readonly problem: Problem;
  /** Operation of the problem → local call. */
  readonly locals: readonly number[];
  /** For each initial state: the last earlier call that can have brought it about; absent for the beginning of the history. */
  readonly producers: ReadonlyMap<number, number>;
  /** The excerpt begins where the history does. */
  readonly complete: boolean;
}

/** A set of states too large to begin from. */
const MOST_STATES = 64;

/** `overlapping`: at least every call that overlaps the span of the required ones, ascending. */
export function excerpt<S>(cut: Cut<S>, required: ReadonlySet<number>, overlapping: readonly number[]): Excerpt {
  const { partition, called, history, model } = cut;
  const start = Math.min(...[...required].map((local) => called[local] as number));
  const callOf = (local: number): Call => history.callOf(partition.calls[local] as number);
  // A read that need not be explained says nothing.
  const speaks = (local: number): boolean => required.has(local) || model.nature?.(callOf(local)) !== 'read';
  const within = overlapping.filter((local) => returnOf(cut, local) >= start);
  const before = statesBefore(cut, start, within.map(callOf));
  if (before !== undefined) return assemble(cut, within.filter(speaks), required, before, start === 0);
  // There are too many states it may begin in: then it begins where the history does.
  const all = Array.from(called.keys()).filter((local) => (called[local] as number) < cut.event);
  return assemble(cut, all.filter(speaks), required, new Map([[model.init(cut.initial), undefined]]), true);
}

function returnOf<S>({ partition, event }: Cut<S>, local: number): number {
  const at = partition.returns[local] as number;
  return at <= event ? at : NEVER;
}

function assemble<S>(
  cut: Cut<S>,
  locals: readonly number[],
  required: ReadonlySet<number>,
  before: ReadonlyMap<S, number | undefined>,
  complete: boolean,
): Excerpt {
  const { partition, history, model } = cut;
  const points = locals.flatMap((local, operation) => {
    const returned = returnOf(cut, local);
    const call = { position: cut.called[local] as number, event: operation << 1 };
    return returned === NEVER ? [call] : [call, { position: returned, event: (operation << 1) | 1 }];
  });
  points.sort((a, b) => a.position - b.position);
  const returns = new Int32Array(locals.length).fill(NEVER);
  for (const [at, { event }] of points.entries()) if ((event & 1) === 1) returns[event >> 1] = at;
  const { problem, intern } = problemOfCalls(
    locals.map((local) => history.callOf(partition.calls[local] as number)),
    Int32Array.from(points, ({ event }) => event),
    returns,
    Uint8Array.from(locals, (local) => (required.has(local) ? 1 : 0)),
    model,
  );
  const producers = new Map<number, number>();
  const initialStates: number[] = [];
  for (const [state, producer] of before) {
    const number = intern(state);
    if (!initialStates.includes(number)) initialStates.push(number);
    if (producer !== undefined) producers.set(number, producer);
  }
  return { problem: { ...problem, initialStates }, locals, producers, complete };
}

/**
 * Every state the object can have been in when position `start` came, if all that had returned by then was free, with the last call that
 * leads to it. `undefined`: too many.
 */
function statesBefore<S>(cut: Cut<S>, start: number, calls: readonly Call[]): Map<S, number | undefined> | undefined {
  return cut.written === undefined ? reachableStates(cut, start) : registerValues(cut, start, calls, cut.written);
}

function reachableStates<S>(cut: Cut<S>, start: number): Map<S, number | undefined> | undefined {
  const { model, partition, history } = cut;
  const first = model.init(cut.initial);
  const states = new Map<string, { readonly state: S; readonly producer: number | undefined }>([
    [model.canonical(first), { state: first, producer: undefined }],
  ]);
  const earlier: { readonly local: number; readonly call: Call }[] = [];
  for (let local = 0; local < partition.count; local++) {
    if (returnOf(cut, local) < start) earlier.push({ local, call: history.callOf(partition.calls[local] as number) });
  }
  // Later calls first, so that the last one that leads to a state is the one that is named.
  earlier.reverse();
  for (const { state } of states.values()) {
    for (const { local, call } of earlier) {
      const next = model.step(state, call);
      if (typeof next === 'symbol') continue;
      const name = model.canonical(next as S);
      if (states.has(name)) continue;
      if (states.size === MOST_STATES) return undefined;
      states.set(name, { state: next as S, producer: local });
    }
  }
  return new Map([...states.values()].map(({ state, producer }) => [state, producer]));
}

/** A register can have held any value written before. Those that nobody in the excerpt asks for are all alike: one will do. */
function registerValues<S>(
  cut: Cut<S>,
  start: number,
  calls: readonly Call[],
  { byCall, values }: WrittenValues,
): Map<S, number | undefined> {
  const { model, partition } = cut;
  const asked = new Set<number>();
  for (const call of calls) {
    const action = model.asRegister?.(call);
    if (action !== undefined && action.kind !== 'write') asked.add(values.intern(action.kind === 'cas' ? action.expected : action.value));
  }
  const first = model.init(cut.initial);
  const states = new Map<S, number | undefined>([[first, undefined]]);
  const held = new Set([values.intern(first)]);
  let missing = asked.size - (asked.has(values.intern(first)) ? 1 : 0);
  let other = false;
  for (let local = partition.count - 1; local >= 0 && (missing > 0 || !other); local--) {
    const value = byCall[local] as number;
    if (value === -1 || held.has(value) || returnOf(cut, local) >= start) continue;
    const isAsked = asked.has(value);
    if (!isAsked && other) continue;
    if (isAsked) missing--;
    else other = true;
    held.add(value);
    // In a register the state is the value.
    states.set(values.at(value) as S, local);
  }
  return states;
}

export type Answer = 'explained' | 'contradiction' | 'undecided';

export function ask(question: Excerpt, budget: Budget): Answer {
  const { outcome } = search(question.problem, { budget });
  return outcome === 'linearizable' ? 'explained' : outcome === 'not-linearizable' ? 'contradiction' : 'undecided';
}

/** The calls of a shortest explanation beyond what is required, and the call that brought about the state it begins in. */
export function supportOf(question: Excerpt, required: ReadonlySet<number>, budget: Budget): readonly number[] {
  let best: readonly number[] | undefined;
  for (const state of question.problem.initialStates) {
    const found = search({ ...question.problem, initialStates: [state] }, { budget, traced: true });
    if (found.outcome !== 'linearizable') continue;
    for (const { trace } of found.partials) {
      const used = linearization(trace).map((operation) => question.locals[operation] as number);
      const producer = question.producers.get(state);
      const support = [...(producer === undefined ? [] : [producer]), ...used].filter((local) => !required.has(local));
      if (best === undefined || support.length < best.length) best = support;
    }
  }
  return best ?? [];
}
