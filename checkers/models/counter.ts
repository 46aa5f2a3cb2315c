/** A number that grows and shrinks: `add` with the amount, `inc` and `dec` by one, `read`. */
import { canonical } from './canonical.ts';
import { type Call, describe, type Model, REJECTED, UNKNOWN_OUTPUT } from './model.ts';

function amount(call: Call): number {
  if (call.f === 'inc') return 1;
  return call.f === 'dec' ? -1 : Number(call.input);
}

export const counter: Model<number> = {
  name: 'counter',
  description: 'A counter: add, inc, dec, read.',
  functions: ['add', 'inc', 'dec', 'read'],
  init: (initial) => (typeof initial === 'number' ? initial : 0),
  step(count, call) {
    if (call.f === 'read') return call.output === UNKNOWN_OUTPUT || call.output === count ? count : REJECTED;
    return count + amount(call);
  },
  canonical: String,
  describeState: String,
  describeCall: describe,
  nature: (call) => (call.f === 'read' || amount(call) === 0 ? 'read' : 'update'),
  problem: (call) =>
    call.f === 'add' && !Number.isFinite(call.input) ? `expected the input of add to be a number, got ${canonical(call.input)}` : undefined,
};
