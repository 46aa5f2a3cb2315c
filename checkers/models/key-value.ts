/**
 * A key-value store of strings: `get`, `put`, `append`, with the key on the operation. Every key starts as the empty string.
 * `keyValue` judges each key alone, which decides the same question (linearizability is local) much faster; `keyValueStore` keeps all keys
 * in one state, for when that is what is to be measured.
 */
import { canonical } from './canonical.ts';
import { type Call, describe, type Model, type Nature, REJECTED, type RegisterAction, UNKNOWN_OUTPUT } from './model.ts';

const functions = ['get', 'put', 'append'];

function stepValue(value: string, call: Call): string | typeof REJECTED {
  switch (call.f) {
    case 'put':
      return String(call.input);
    case 'append':
      return value + String(call.input);
    default:
      return call.output === UNKNOWN_OUTPUT || call.output === value ? value : REJECTED;
  }
}

function nature(call: Call): Nature {
  if (call.f === 'get' || (call.f === 'append' && call.input === '')) return 'read';
  return call.f === 'put' ? 'overwrite' : 'update';
}

function problem(call: Call): string | undefined {
  if (call.f !== 'get' && typeof call.input !== 'string') return `expected the input of ${call.f} to be a string, got ${canonical(call.input)}`;
  return undefined;
}

export const keyValue: Model<string> = {
  name: 'key-value',
  description: 'A key-value store of strings, each key by itself: get, put, append.',
  functions,
  init: (initial) => (typeof initial === 'string' ? initial : ''),
  step: stepValue,
  canonical: (value) => value,
  describeState: canonical,
  describeCall: describe,
  nature,
  problem,
  asRegister(call): RegisterAction | undefined {
    if (call.f === 'put') return { kind: 'write', value: call.input };
    return call.f === 'get' && call.output !== UNKNOWN_OUTPUT ? { kind: 'read', value: call.output } : undefined;
  },
};

type Store = ReadonlyMap<string, string>;

export const keyValueStore: Model<Store> = {
  name: 'key-value-store',
  description: 'A key-value store of strings, all keys in one state: get, put, append.',
  functions,
  init: () => new Map(),
  step(store, call) {
    const key = call.key ?? '';
    const before = store.get(key) ?? '';
    const after = stepValue(before, call);
    if (after === REJECTED) return REJECTED;
    return after === before ? store : new Map(store).set(key, after);
  },
  canonical: describeStore,
  describeState: describeStore,
  describeCall: describe,
  // A put leaves the other keys as they were, so it does not overwrite this state.
  nature: (call) => (nature(call) === 'read' ? 'read' : 'update'),
  problem,
  partition: () => undefined,
};

function describeStore(store: Store): string {
  return JSON.stringify([...store].filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1)));
}
