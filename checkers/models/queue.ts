/**
 * Queues and the stack. `enqueue` and `push` take a value; `dequeue` and `pop` return one, or `null` when there was nothing.
 * A removal whose answer was lost may have removed whatever was there.
 */
import { canonical } from './canonical.ts';
import { type Call, type CollectionAction, describe, type Model, REJECTED, UNKNOWN_OUTPUT } from './model.ts';

/** Canonical values in order; the first is the oldest. */
type Values = readonly string[];

const initialValues = (initial: unknown): Values => (Array.isArray(initial) ? initial.map(canonical) : []);
const isNothing = (output: unknown): boolean => output === null || output === undefined;

/** Removes the value at `position`, if that is what the call says it got. */
function removeAt(values: Values, position: number, output: unknown): Values | typeof REJECTED {
  const present = values[position];
  if (present === undefined) return isNothing(output) || output === UNKNOWN_OUTPUT ? values : REJECTED;
  if (output !== UNKNOWN_OUTPUT && (isNothing(output) || canonical(output) !== present)) return REJECTED;
  return values.toSpliced(position, 1);
}

/** Calls that put in and take out, in the terms of a collection. */
export function asCollection(insert: string, remove: string) {
  return (call: Call): CollectionAction | undefined => {
    if (call.f === insert) return { kind: 'insert', value: call.input };
    if (call.f !== remove) return undefined;
    if (call.output === UNKNOWN_OUTPUT) return { kind: 'remove-unknown' };
    return isNothing(call.output) ? { kind: 'empty' } : { kind: 'remove', value: call.output };
  };
}

/** `null` stands for "nothing there", so it can't be a value as well. */
const nothingInserted =
  (insert: string) =>
  (call: Call): string | undefined =>
    call.f === insert && isNothing(call.input)
      ? `expected ${insert} to have a value, got null (which means "empty" on removal)`
      : undefined;

const shared = {
  init: initialValues,
  canonical: (values: Values): string => JSON.stringify(values),
  describeState: (values: Values): string => `[${values.join(', ')}]`,
  describeCall: describe,
} as const;

export const fifoQueue: Model<Values> = {
  ...shared,
  name: 'fifo-queue',
  description: 'A queue: the oldest value leaves first.',
  functions: ['enqueue', 'dequeue'],
  step: (values, call) => (call.f === 'enqueue' ? [...values, canonical(call.input)] : removeAt(values, 0, call.output)),
  problem: nothingInserted('enqueue'),
  collection: { order: 'fifo', as: asCollection('enqueue', 'dequeue') },
};

export const stack: Model<Values> = {
  ...shared,
  name: 'stack',
  description: 'A stack: the newest value leaves first.',
  functions: ['push', 'pop'],
  step: (values, call) => (call.f === 'push' ? [...values, canonical(call.input)] : removeAt(values, values.length - 1, call.output)),
  problem: nothingInserted('push'),
  collection: { order: 'lifo', as: asCollection('push', 'pop') },
};
