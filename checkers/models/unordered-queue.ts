/** A bag: `enqueue` a value, `dequeue` any one that is present (`null`: there was none). */
import { canonical } from './canonical.ts';
import { describe, determinize, type Model, type NondeterministicModel, UNKNOWN_OUTPUT } from './model.ts';
import { asCollection } from './queue.ts';

/** Canonical values, sorted: their order means nothing. */
type Bag = readonly string[];

const bag: NondeterministicModel<Bag> = {
  name: 'unordered-queue',
  description: 'A queue that may hand out its values in any order.',
  functions: ['enqueue', 'dequeue'],
  initSet: (initial) => [Array.isArray(initial) ? initial.map(canonical).sort() : []],
  stepSet(values, call) {
    if (call.f === 'enqueue') return [[...values, canonical(call.input)].sort()];
    if (call.output === UNKNOWN_OUTPUT) return values.length === 0 ? [values] : values.map((_, position) => values.toSpliced(position, 1));
    if (call.output === null || call.output === undefined) return values.length === 0 ? [values] : [];
    const position = values.indexOf(canonical(call.output));
    return position === -1 ? [] : [values.toSpliced(position, 1)];
  },
  canonical: (values) => JSON.stringify(values),
  describeState: (values) => `{${values.join(', ')}}`,
  describeCall: describe,
  problem: (call) =>
    call.f === 'enqueue' && (call.input === null || call.input === undefined)
      ? 'expected enqueue to have a value, got null (which means "empty" on removal)'
      : undefined,
};

export const unorderedQueue: Model<readonly Bag[]> = {
  ...determinize(bag),
  collection: { order: 'any', as: asCollection('enqueue', 'dequeue') },
};
