/**
 * What could an impossible operation have met instead? "It returned 2" convinces once it is said that only 0 was possible. The claim is exact,
 * or it is not made: the history is judged again up to that operation, once for every value there is, with the value in its place.
 *
 *     allowedResults(history, options, checkLinearizable(history, options)) → [0]
 */
import { NEMESIS, type Operation } from '../../harness/history/index.ts';
import { canonical, type Model, UNKNOWN_OUTPUT } from '../models/index.ts';
import { checkLinearizable } from './check.ts';
import type { LinearizabilityOptions, LinearizabilityResult } from './result.ts';

/** With more values than these the answer would be a list nobody reads. */
const mostCandidates = 24;

/**
 * The values that the first impossible operation could have met in some order of the operations up to it; `undefined` when that can't be
 * told: not a model of registers or of a collection, too many values, or the limits (of all these checks together) did not suffice.
 */
export function allowedResults<S>(
  operations: readonly Operation[],
  options: LinearizabilityOptions<S>,
  result: LinearizabilityResult,
): readonly unknown[] | undefined {
  const { firstImpossible } = result;
  if (firstImpossible?.completion === undefined) return undefined;
  const { invocation, completion } = firstImpossible;
  const cut = operations.find(({ index, process }) => index === completion && process === firstImpossible.process);
  if (cut === undefined) return undefined;
  const prefix = prefixUpTo(operations, cut, result.key);
  const asked = prefix.find(({ index, type }) => index === invocation && type === 'invoke');
  const question = asked === undefined ? undefined : questionFor(asked, cut, options.model);
  const candidates = question === undefined ? undefined : candidatesOf(prefix, options);
  if (asked === undefined || question === undefined || candidates === undefined) return undefined;

  const deadline = performance.now() + options.limits.timeMs;
  const allowed: unknown[] = [];
  for (const value of candidates) {
    const timeMs = deadline - performance.now();
    if (timeMs <= 0) return undefined;
    const supposed = prefix.map((operation) => {
      if (operation === asked) return { ...operation, ...question };
      return operation === cut ? { ...operation, ...question, type: 'ok' as const, value } : operation;
    });
    const { verdict } = checkLinearizable(supposed, { ...options, limits: { ...options.limits, timeMs } });
    if (verdict === 'unknown') return undefined;
    if (verdict === 'valid') allowed.push(value);
  }
  return allowed.length === 0 ? undefined : allowed.sort(inOrder);
}

/** Numbers by size, the rest by their text, numbers first. */
function inOrder(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'number' || typeof b === 'number') return typeof a === 'number' ? -1 : 1;
  return canonical(a) < canonical(b) ? -1 : 1;
}

/**
 * The history of the object as it was known when `cut` returned, save that operations which failed later are left out (they never happened).
 * What had begun by then and returned later was still open.
 */
function prefixUpTo(operations: readonly Operation[], cut: Operation, key: string | undefined): readonly Operation[] {
  const open = new Map<Operation['process'], Operation>();
  const failedLater = new Set<Operation>();
  const prefix: Operation[] = [];
  let past = false;
  for (const operation of operations) {
    const { process, type, time } = operation;
    if (process === NEMESIS) continue;
    if (type === 'invoke') {
      // Intervals are closed: what began at the very instant of the return is concurrent with it.
      if (!past || time === cut.time) {
        open.set(process, operation);
        if (key === undefined || operation.key === undefined || operation.key === key) prefix.push(operation);
      } else open.delete(process);
      continue;
    }
    const invocation = open.get(process);
    open.delete(process);
    if (!past) {
      const about = operation.key ?? invocation?.key;
      if (key === undefined || about === undefined || about === key) prefix.push(operation);
    } else if (invocation !== undefined && type === 'fail') failedLater.add(invocation);
    past ||= operation === cut;
  }
  return prefix.filter((operation) => !failedLater.has(operation));
}

type Question = Pick<Operation, 'f' | 'value'>;

/** What to ask in place of the operation: a register is read; of a collection the same removal is made. */
function questionFor<S>(asked: Operation, cut: Operation, model: Model<S>): Question | undefined {
  const call = { f: asked.f, key: asked.key, input: asked.value, output: cut.value };
  if (model.asRegister !== undefined) {
    const read = ['read', 'get'].find((f) => model.functions.includes(f));
    const observes = asked.f === read || asked.f === 'cas';
    return read === undefined || !observes ? undefined : { f: read, value: null };
  }
  const kind = model.collection?.as(call)?.kind;
  return kind === 'remove' || kind === 'empty' ? { f: asked.f, value: asked.value } : undefined;
}

/** Every value there can be; `undefined` when not every operation says what it may leave behind. */
function candidatesOf<S>(prefix: readonly Operation[], options: LinearizabilityOptions<S>): readonly unknown[] | undefined {
  const { model, initial, nilReads } = options;
  const values = new Map<string, unknown>();
  const add = (value: unknown): void => void values.set(canonical(value), value);
  if (model.asRegister === undefined) add(null);
  else add(model.init(initial));
  for (const { type, f, key, value: input } of prefix) {
    if (type !== 'invoke') continue;
    const call = { f, key, input, output: UNKNOWN_OUTPUT };
    if (model.asRegister === undefined) {
      const action = model.collection?.as(call);
      if (action?.kind === 'insert') add(action.value);
      continue;
    }
    const action = model.asRegister(call);
    if (action?.kind === 'write' || action?.kind === 'cas') add(action.value);
    else if (action === undefined && f !== 'read' && f !== 'get') return undefined;
    if (values.size > mostCandidates) return undefined;
  }
  // A read of null that counts as no observation would be allowed anywhere.
  if (nilReads === 'any' && values.has('null')) return undefined;
  return values.size > mostCandidates ? undefined : [...values.values()];
}
