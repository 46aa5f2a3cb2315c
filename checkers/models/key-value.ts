/**
 * A key-value store of strings: `get`, `put`, `append`, with the key on the operation. Every key starts as the empty string.
 * `keyValue` judges each key alone, which decides the same question (linearizability is local) much faster; `keyValueStore` keeps all keys
 * in one state, for when that is what is to be measured.
 */
import { canonical } from './canonical.ts';
import {
  type Call,
  describe,
  type Model,
  type Nature,
  REJECTED,
  type RegisterAction,
  type Specialization,
  UNKNOWN_OUTPUT,
} from './model.ts';

const functions = ['get', 'put', 'append'];

/** A value that no get will ever see, whatever is appended to it. */
export const UNSEEN: unique symbol = Symbol('unseen');
export type Value = string | typeof UNSEEN;

function stepValue(value: Value, call: Call): Value | typeof REJECTED {
  switch (call.f) {
    case 'put':
      return String(call.input);
    case 'append':
      return value === UNSEEN ? UNSEEN : value + String(call.input);
    default:
      return call.output === UNKNOWN_OUTPUT || call.output === value ? value : REJECTED;
  }
}

function nature(call: Call): Nature {
  if (call.f === 'get' || (call.f === 'append' && call.input === '')) return 'read';
  return call.f === 'put' ? 'overwrite' : 'update';
}

function problem(call: Call): string | undefined {
  if (call.f !== 'get' && typeof call.input !== 'string')
    return `expected the input of ${call.f} to be a string, got ${canonical(call.input)}`;
  return undefined;
}

/** Values that begin no result of any of these gets are all alike: appending only makes them longer. */
function seenBy(calls: readonly Call[]): (value: Value) => Value {
  const results = calls
    .filter((call) => call.f === 'get' && typeof call.output === 'string')
    .map((call) => String(call.output))
    .sort();
  return (value) => {
    if (value === UNSEEN) return UNSEEN;
    let low = 0;
    for (let high = results.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((results[middle] as string) < value) low = middle + 1;
      else high = middle;
    }
    return results[low]?.startsWith(value) ? value : UNSEEN;
  };
}

const describeValue = (value: Value): string => (value === UNSEEN ? 'a value nobody reads' : canonical(value));

export const keyValue: Model<Value> = {
  name: 'key-value',
  description: 'A key-value store of strings, each key by itself: get, put, append.',
  functions,
  init: (initial) => (typeof initial === 'string' ? initial : ''),
  step: stepValue,
  canonical: (value) => (value === UNSEEN ? '' : `=${value}`),
  describeState: describeValue,
  describeCall: describe,
  nature,
  problem,
  specialize(calls) {
    const stateFor = seenBy(calls);
    const step = (value: Value, call: Call): Value | typeof REJECTED => {
      const next = stepValue(value, call);
      return next === REJECTED ? REJECTED : stateFor(next);
    };
    return { model: { ...keyValue, step }, stateFor };
  },
  asRegister(call): RegisterAction | undefined {
    if (call.f === 'put') return { kind: 'write', value: call.input };
    return call.f === 'get' && call.output !== UNKNOWN_OUTPUT ? { kind: 'read', value: call.output } : undefined;
  },
};

/** A key that is missing holds the empty string. */
export type Store = ReadonlyMap<string, Value>;

export const keyValueStore: Model<Store> = {
  name: 'key-value-store',
  description: 'A key-value store of strings, all keys in one state: get, put, append.',
  functions,
  init: () => new Map(),
  step: (store, call) => stepStore(store, call, (_, value) => value),
  canonical: (store) => JSON.stringify(inOrder(store).map(([key, value]) => (value === UNSEEN ? [key] : [key, value]))),
  describeState: (store) =>
    `{${inOrder(store)
      .map(([key, value]) => `${JSON.stringify(key)}: ${describeValue(value)}`)
      .join(', ')}}`,
  describeCall: describe,
  // A put leaves the other keys as they were, so it does not overwrite this state.
  nature: (call) => (nature(call) === 'read' ? 'read' : 'update'),
  problem,
  partition: () => undefined,
  specialize: specializeStore,
};

function stepStore(store: Store, call: Call, valueFor: (key: string, value: Value) => Value): Store | typeof REJECTED {
  const key = call.key ?? '';
  const before = store.get(key) ?? valueFor(key, '');
  const stepped = stepValue(before, call);
  if (stepped === REJECTED) return REJECTED;
  const after = valueFor(key, stepped);
  if (after === before) return store;
  return new Map(store).set(key, after);
}

function specializeStore(calls: readonly Call[]): Specialization<Store> {
  const keys = [...new Set(calls.map((call) => call.key ?? ''))];
  const seen = new Map(keys.map((key) => [key, seenBy(calls.filter((call) => (call.key ?? '') === key))]));
  const valueFor = (key: string, value: Value): Value => seen.get(key)?.(value) ?? value;
  // Names of values are numbered, since a store is named once for every step.
  const numbers = new Map<Value, number>();
  const numberOf = (value: Value): number => {
    const known = numbers.get(value);
    if (known !== undefined) return known;
    numbers.set(value, numbers.size);
    return numbers.size - 1;
  };
  const model: Model<Store> = {
    ...keyValueStore,
    step: (store, call) => stepStore(store, call, valueFor),
    canonical: (store) => keys.map((key) => numberOf(store.get(key) ?? valueFor(key, ''))).join(),
  };
  return { model, stateFor: (store) => new Map([...store].map(([key, value]) => [key, valueFor(key, value)])) };
}

function inOrder(store: Store): [string, Value][] {
  return [...store].filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1));
}
