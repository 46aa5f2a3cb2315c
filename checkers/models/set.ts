/** A set: `add`, `remove`, `contains` (true or false) and `read` (a list of all elements). */
import { canonical } from './canonical.ts';
import { describe, type Model, REJECTED, UNKNOWN_OUTPUT } from './model.ts';

/** Canonical elements, sorted: a plain value, so that equal sets are equal however they came about. */
type Elements = readonly string[];

const sorted = (elements: Iterable<string>): Elements => [...new Set(elements)].sort();
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const set: Model<Elements> = {
  name: 'set',
  description: 'A set of values: add, remove, contains, read.',
  functions: ['add', 'remove', 'contains', 'read'],
  init: (initial) => sorted(list(initial).map(canonical)),
  step(elements, call) {
    switch (call.f) {
      case 'add':
        return elements.includes(canonical(call.input)) ? elements : sorted([...elements, canonical(call.input)]);
      case 'remove':
        return elements.filter((element) => element !== canonical(call.input));
      case 'contains':
        return call.output === UNKNOWN_OUTPUT || call.output === elements.includes(canonical(call.input)) ? elements : REJECTED;
      default: {
        if (call.output === UNKNOWN_OUTPUT) return elements;
        return JSON.stringify(sorted(list(call.output).map(canonical))) === JSON.stringify(elements) ? elements : REJECTED;
      }
    }
  },
  canonical: (elements) => JSON.stringify(elements),
  describeState: (elements) => `{${elements.join(', ')}}`,
  describeCall: describe,
  nature: (call) => (call.f === 'contains' || call.f === 'read' ? 'read' : 'update'),
  problem(call) {
    if (call.output === UNKNOWN_OUTPUT) return undefined;
    if (call.f === 'read' && !Array.isArray(call.output)) return `expected a read of a set to return a list, got ${canonical(call.output)}`;
    if (call.f === 'contains' && typeof call.output !== 'boolean')
      return `expected contains to return true or false, got ${canonical(call.output)}`;
    return undefined;
  },
};
