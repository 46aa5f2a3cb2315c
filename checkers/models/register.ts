/**
 * Single registers: `read`, `write`, and `cas` with input `[expected, new]`.
 * With a key on the operations, each key is a register of its own.
 */
import { canonical, sameValue } from './canonical.ts';
import { type Call, describe, type Model, type Nature, REJECTED, type RegisterAction, UNKNOWN_OUTPUT } from './model.ts';

/** What a compare-and-set that failed has for output when it did not say which value it found. */
export const MISMATCH: unique symbol = Symbol('cas mismatch');

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2;
}

function asRegister(call: Call): RegisterAction | undefined {
  switch (call.f) {
    case 'read':
      return call.output === UNKNOWN_OUTPUT ? undefined : { kind: 'read', value: call.output };
    case 'write':
      return { kind: 'write', value: call.input };
    case 'cas':
      return isPair(call.input) ? casAction(call.input, call.output) : undefined;
    default:
      return undefined;
  }
}

function casAction([expected, value]: readonly [unknown, unknown], output: unknown): RegisterAction {
  return output === MISMATCH ? { kind: 'differs', value: expected } : { kind: 'cas', expected, value };
}

function step(state: unknown, call: Call): unknown {
  const action = asRegister(call);
  if (action === undefined) return state;
  switch (action.kind) {
    case 'read':
      return sameValue(state, action.value) ? state : REJECTED;
    case 'differs':
      return sameValue(state, action.value) ? REJECTED : state;
    case 'write':
      return action.value;
    case 'cas':
      return sameValue(state, action.expected) ? action.value : REJECTED;
  }
}

function nature(call: Call): Nature {
  const action = asRegister(call);
  if (action === undefined) return 'read';
  if (action.kind === 'write') return 'overwrite';
  if (action.kind === 'cas') return sameValue(action.expected, action.value) ? 'read' : 'update';
  return 'read';
}

function describeCall(call: Call): string {
  if (call.f === 'read') return describe({ ...call, input: null });
  if (call.f !== 'cas' || !isPair(call.input)) return describe({ ...call, output: call.output === UNKNOWN_OUTPUT ? UNKNOWN_OUTPUT : null });
  const outcome = call.output === UNKNOWN_OUTPUT ? ' → ?' : call.output === MISMATCH ? ' → found another value' : '';
  return `${call.key === undefined ? '' : `${call.key}: `}cas(${canonical(call.input[0])} → ${canonical(call.input[1])})${outcome}`;
}

const shared = {
  init: (initial: unknown): unknown => initial ?? null,
  step,
  canonical,
  describeState: canonical,
  describeCall,
  nature,
  asRegister,
} as const;

export const register: Model<unknown> = {
  ...shared,
  name: 'register',
  description: 'A register that is read and written.',
  functions: ['read', 'write'],
};

export const casRegister: Model<unknown> = {
  ...shared,
  name: 'cas-register',
  description: 'A register that is read, written, and compared and set.',
  functions: ['read', 'write', 'cas'],
  problem(call) {
    return call.f === 'cas' && !isPair(call.input)
      ? `expected the input of a cas to be [expected, new], got ${canonical(call.input)}`
      : undefined;
  },
};
