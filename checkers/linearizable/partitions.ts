/** Splits a history into parts that can be judged alone (linearizability is local: Herlihy and Wing 1990, §3.3), without what constrains nothing. */
import type { Operation } from '../../harness/history/index.ts';
import { type Call, MISMATCH, type Model, sameValue, UNKNOWN_OUTPUT } from '../models/index.ts';
import { type Calls, FAIL, type HistoryProblem, INFO, OK, pairCalls, realTimeOrder } from './calls.ts';
import { NEVER } from './problem.ts';

export interface Semantics {
  /** A completed read of `null`: `value`, the register held `null`; `any`, nothing was observed. */
  readonly nilReads: 'any' | 'value';
  /** A cas that failed with `cas-mismatch`: `ignore`, it did not happen; `observe`, it saw another value than it expected. */
  readonly failedCas: 'ignore' | 'observe';
}

/** The calls on one object, numbered from 0 in the order of their invocations. */
export interface Partition {
  readonly key: string | undefined;
  readonly count: number;
  /** Local call → call of the whole history. */
  readonly calls: Int32Array;
  /** `local call << 1 | (1 when it is the return)`, in real-time order. */
  readonly events: Int32Array;
  /** Local call → position of its return in `events`, or `NEVER`. */
  readonly returns: Int32Array;
  /** Where its calls begin among those of all partitions, one after the other. */
  readonly offset: number;
}

/** Local call → position of its call in `events`. */
export function callPositions({ count, events }: Partition): Int32Array {
  const called = new Int32Array(count);
  for (let position = 0; position < events.length; position++) {
    const event = events[position] as number;
    if ((event & 1) === 0) called[event >> 1] = position;
  }
  return called;
}

export interface PartitionedHistory {
  readonly operations: readonly Operation[];
  readonly calls: Calls;
  readonly partitionCount: number;
  /** The calls of all partitions, one partition after the other: where each call stands, -1 for those that constrain nothing. */
  readonly placeOf: Int32Array;
  /** How many calls the partitions have together. */
  readonly placed: number;
  /** How many calls say something: completed and constrained. */
  readonly constraining: number;
  readonly outcomes: { readonly ok: number; readonly fail: number; readonly info: number };
  /** A failed call that counts as an observation all the same. */
  isObserved(call: number): boolean;
  /** Made when asked for: with as many keys as operations, all of them at once would take more room than the history. */
  partition(number: number): Partition;
  /** What the model is asked about a call. */
  callOf(call: number): Call;
}

export function partitionHistory<S>(
  operations: readonly Operation[],
  model: Model<S>,
  semantics: Semantics,
): PartitionedHistory | { readonly problem: HistoryProblem } {
  const paired = pairCalls(operations);
  if ('problem' in paired) return paired;
  const { calls } = paired;
  const callOf = (call: number): Call => modelCall(operations, calls, call);
  const isObserved = (call: number): boolean => isObservedMismatch(operations, calls, call, semantics);
  const functions = new Set(model.functions);
  // Nothing but the key of a completed call is asked about.
  const isPlain = model.problem === undefined && model.partition === undefined && semantics.nilReads === 'value';
  const numbers = new Map<string | undefined, number>();
  const keys: (string | undefined)[] = [];
  const partitionOf = new Int32Array(calls.count).fill(-1);
  const callCounts: number[] = [];
  const eventCounts: number[] = [];
  const outcomes = { ok: 0, fail: 0, info: 0 };
  let constraining = 0;

  for (let call = 0; call < calls.count; call++) {
    const position = calls.invocations[call] as number;
    const invocation = operations[position] as Operation;
    if (!functions.has(invocation.f)) {
      return problemAt(
        operations,
        position,
        `the model ${model.name} has no function ${JSON.stringify(invocation.f)}; it knows ${model.functions.join(', ')}`,
      );
    }
    const outcome = calls.outcomes[call] as number;
    outcomes[outcome === OK ? 'ok' : outcome === FAIL ? 'fail' : 'info']++;
    if (outcome === FAIL && !isObserved(call)) continue;
    let key: string | undefined;
    if (isPlain && outcome === OK) key = keyOf(operations, calls, call);
    else {
      const described = callOf(call);
      const malformed = model.problem?.(described);
      if (malformed !== undefined) return problemAt(operations, position, malformed);
      if (constrainsNothing(model, described, outcome, semantics)) continue;
      key = model.partition === undefined ? described.key : model.partition(described);
    }
    let number = numbers.get(key);
    if (number === undefined) {
      number = keys.length;
      numbers.set(key, number);
      keys.push(key);
      callCounts.push(0);
      eventCounts.push(0);
    }
    partitionOf[call] = number;
    callCounts[number] = (callCounts[number] as number) + 1;
    eventCounts[number] = (eventCounts[number] as number) + (outcome === INFO ? 1 : 2);
    if (outcome !== INFO) constraining++;
  }

  const distributed = distribute(operations, calls, partitionOf, callCounts, eventCounts);
  return {
    operations,
    calls,
    partitionCount: keys.length,
    constraining,
    outcomes,
    isObserved,
    callOf,
    placeOf: distributed.placeOf,
    placed: distributed.calls.length,
    partition: (number) => distributed.partition(number, keys[number]),
  };
}

/** Puts calls and events into one array each, partition after partition; a partition is a view of its part of them. */
function distribute(
  operations: readonly Operation[],
  calls: Calls,
  partitionOf: Int32Array,
  callCounts: readonly number[],
  eventCounts: readonly number[],
) {
  const firstCalls = beginnings(callCounts);
  const firstEvents = beginnings(eventCounts);
  const nextCalls = firstCalls.slice();
  const nextEvents = firstEvents.slice();
  const placed = firstCalls.at(-1) as number;
  const placedCalls = new Int32Array(placed);
  const events = new Int32Array(firstEvents.at(-1) as number);
  const returns = new Int32Array(placed).fill(NEVER);
  const placeOf = new Int32Array(calls.count).fill(-1);
  for (const position of realTimeOrder(operations)) {
    const call = calls.callAt[position] as number;
    if (call === -1) continue;
    const number = partitionOf[call] as number;
    if (number === -1) continue;
    const begin = firstCalls[number] as number;
    if (calls.invocations[call] === position) {
      const place = nextCalls[number] as number;
      nextCalls[number] = place + 1;
      placeOf[call] = place;
      placedCalls[place] = call;
      const event = nextEvents[number] as number;
      nextEvents[number] = event + 1;
      events[event] = (place - begin) << 1;
    } else if (calls.outcomes[call] !== INFO) {
      const place = placeOf[call] as number;
      const event = nextEvents[number] as number;
      nextEvents[number] = event + 1;
      returns[place] = event - (firstEvents[number] as number);
      events[event] = ((place - begin) << 1) | 1;
    }
  }
  const partition = (number: number, key: string | undefined): Partition => {
    const offset = firstCalls[number] as number;
    const end = firstCalls[number + 1] as number;
    return {
      key,
      count: end - offset,
      calls: placedCalls.subarray(offset, end),
      events: events.subarray(firstEvents[number], firstEvents[number + 1]),
      returns: returns.subarray(offset, end),
      offset,
    };
  };
  return { placeOf, calls: placedCalls, partition };
}

/** Where each begins when they stand one after the other, and where the last one ends. */
function beginnings(counts: readonly number[]): Int32Array {
  const found = new Int32Array(counts.length + 1);
  for (const [number, count] of counts.entries()) found[number + 1] = (found[number] as number) + count;
  return found;
}

function problemAt(operations: readonly Operation[], position: number, message: string): { readonly problem: HistoryProblem } {
  return { problem: { position, index: (operations[position] as Operation).index, message } };
}

function isObservedMismatch(operations: readonly Operation[], calls: Calls, call: number, semantics: Semantics): boolean {
  if (semantics.failedCas === 'ignore') return false;
  const completion = operations[calls.completions[call] as number] as Operation;
  return completion.f === 'cas' && completion.error?.code === 'cas-mismatch';
}

/** An `info` call that can't change anything need not have happened; a read of `nil` under `nilReads: 'any'` saw nothing. */
function constrainsNothing<S>(model: Model<S>, call: Call, outcome: number, semantics: Semantics): boolean {
  if (outcome === INFO) return model.nature?.(call) === 'read';
  return semantics.nilReads === 'any' && (call.f === 'read' || call.f === 'get') && (call.output === null || call.output === undefined);
}

function keyOf(operations: readonly Operation[], calls: Calls, call: number): string | undefined {
  const { key } = operations[calls.invocations[call] as number] as Operation;
  const at = calls.completions[call] as number;
  return key ?? (at === -1 ? undefined : (operations[at] as Operation).key);
}

function modelCall(operations: readonly Operation[], calls: Calls, call: number): Call {
  const invocation = operations[calls.invocations[call] as number] as Operation;
  const at = calls.completions[call] as number;
  const completion = at === -1 ? undefined : (operations[at] as Operation);
  const key = keyOf(operations, calls, call);
  const { f, value: input } = invocation;
  if (completion === undefined || completion.type === 'info') return { f, key, input, output: UNKNOWN_OUTPUT };
  if (completion.type === 'fail' && f === 'cas') return failedCas(key, input, completion.value);
  return { f, key, input, output: completion.value };
}

/** A cas that failed read the value it reports; one that reports none (or repeats its argument) read anything but what it expected. */
function failedCas(key: string | undefined, input: unknown, reported: unknown): Call {
  if (reported === null || reported === undefined || sameValue(reported, input)) return { f: 'cas', key, input, output: MISMATCH };
  return { f: 'read', key, input: null, output: reported };
}
