/**
 * Several registers under one roof: `read` and `write` take `{ name: value }`, `txn` takes a list of micro-operations
 * `['read' | 'write', name, value]` that happen at once. Its initial state is `{ name: value }`; a register never named is `null`.
 */
import { canonical, sameValue } from './canonical.ts';
import { type Call, describe, type Model, REJECTED, UNKNOWN_OUTPUT } from './model.ts';

type Registers = ReadonlyMap<string, unknown>;
type MicroOperation = readonly ['read' | 'r' | 'write' | 'w', unknown, unknown];

function isMicroOperation(value: unknown): value is MicroOperation {
  return Array.isArray(value) && value.length === 3 && ['read', 'r', 'write', 'w'].includes(value[0]);
}

/** What was asked for, with the results of reads where they are known. */
function transaction(call: Call): readonly MicroOperation[] | undefined {
  const value = call.output === UNKNOWN_OUTPUT ? call.input : (call.output ?? call.input);
  if (call.f === 'txn') return Array.isArray(value) && value.every(isMicroOperation) ? value : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const f = call.f === 'read' ? 'read' : 'write';
  return Object.entries(f === 'read' ? value : (call.input as object)).map(([name, content]) => [f, name, content] as const);
}

export const multiRegister: Model<Registers> = {
  name: 'multi-register',
  description: 'Several registers, read and written together in transactions.',
  functions: ['read', 'write', 'txn'],
  init: (initial) => new Map(Object.entries(initial ?? {})),
  step(state, call) {
    const known = call.output !== UNKNOWN_OUTPUT;
    let next: Map<string, unknown> | undefined;
    for (const [f, register, value] of transaction(call) ?? []) {
      const name = typeof register === 'string' ? register : canonical(register);
      if (f === 'write' || f === 'w') next = (next ?? new Map(state)).set(name, value);
      else if (known && !sameValue((next ?? state).get(name) ?? null, value ?? null)) return REJECTED;
    }
    return next ?? state;
  },
  canonical: describeRegisters,
  describeState: describeRegisters,
  describeCall: describe,
  nature: (call) => ((transaction(call) ?? []).every(([f]) => f === 'read' || f === 'r') ? 'read' : 'update'),
  partition: () => undefined,
  problem: (call) =>
    transaction(call) === undefined && !(call.f === 'read' && call.output === UNKNOWN_OUTPUT)
      ? `expected ${call.f === 'txn' ? "a list of ['read' | 'write', register, value]" : 'an object of registers'}, got ${canonical(call.input)}`
      : undefined,
};

function describeRegisters(state: Registers): string {
  // A register set to null is the same as one never named.
  const present = [...state].filter(([, value]) => value !== null && value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${present.map(([name, value]) => `${JSON.stringify(name)}: ${canonical(value)}`).join(', ')}}`;
}
