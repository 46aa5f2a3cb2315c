import { describe, expect, it } from 'vitest';
import type { Operation } from '../../harness/history/index.ts';
import { type Model, type ModelName, models, REJECTED, UNKNOWN_OUTPUT } from '../models/index.ts';
import { checkLinearizable } from './index.ts';
import type { LinearizabilityResult, NamedCall } from './result.ts';
import { oracle } from './testing/oracle.ts';
import { randomFrom, randomHistory } from './testing/random-history.ts';
import { vocabularies } from './testing/vocabularies.ts';
import { history, type Line, sequential } from './testing/write-history.ts';

const limits = { timeMs: 60_000, memoryBytes: 1e9 };
const register = models['cas-register'];

function indexes(calls: readonly NamedCall[] | undefined): (number | undefined)[][] {
  return (calls ?? []).map(({ invocation, completion }) => [invocation, completion]);
}

describe('the evidence of a stale read', () => {
  const quiet = Array.from({ length: 50 }, (_, at): [string, unknown, unknown?] => ['read', null, at < 0 ? null : 1]);
  const operations = sequential(['write', 1], ...quiet, ['write', 2], ['read', null, 2], ['read', null, 1], ['read', null, 2]);
  const result = checkLinearizable(operations, { model: register, limits });

  it('names the first operation that is impossible, though later ones are impossible too', () => {
    expect(result.firstImpossible).toMatchObject({ invocation: 106, completion: 107, description: 'read() → 1' });
  });

  it('is a few operations of the many: the read, what contradicts it, and the write it saw', () => {
    expect(result.minimal?.verified).toBe(true);
    expect(indexes(result.minimal?.core)).toEqual([
      [104, 105],
      [106, 107],
    ]);
    expect(indexes(result.minimal?.context)).toContainEqual([0, 1]);
    expect(result.minimalSubHistory).toEqual(expect.arrayContaining([0, 1, 104, 105, 106, 107]));
  });

  it('shows how far an explanation goes', () => {
    expect(result.longestPartials?.[0]?.state).toBe('2');
    expect(result.longestPartials?.[0]?.calls.map((call) => call.description)).toContain('write(2)');
  });
});

it('evidence is the same on every run', () => {
  const operations = randomHistory(register, vocabularies['cas-register'], randomFrom(7), { calls: 60, processes: 5, oneWrongIn: 2 });
  const first = checkLinearizable(operations, { model: register, limits });
  expect(first.verdict).toBe('invalid');
  expect(checkLinearizable(operations, { model: register, limits })).toEqual(first);
});

it('a violation deep in a long history is explained by what is near it', () => {
  const lines: Line[] = [];
  for (let at = 0; at < 20_000; at++) {
    lines.push({ process: 0, type: 'invoke', f: 'write', value: at % 7 }, { process: 0, type: 'ok', f: 'write' });
  }
  lines.push({ process: 1, type: 'invoke', f: 'read' }, { process: 1, type: 'ok', f: 'read', value: 3 });
  const result = checkLinearizable(history(...lines), { model: register, limits });
  expect(result).toMatchObject({ verdict: 'invalid', minimal: { verified: true } });
  expect(result.minimalSubHistory?.length).toBeLessThanOrEqual(8);
});

/** Operations outside the core become free: they may take effect within their interval, or not at all, whatever they returned. */
function coreIsExplained(operations: readonly Operation[], model: Model<unknown>, initial: unknown, core: readonly NamedCall[]): boolean {
  const kept = new Set(core.map((call) => call.invocation));
  const ends = new Map<number, Operation>();
  const open = new Map<Operation['process'], number>();
  for (const operation of operations) {
    if (operation.type === 'invoke') open.set(operation.process, operation.index);
    else ends.set(open.get(operation.process) ?? -1, operation);
  }
  const calls = operations
    .filter((operation) => operation.type === 'invoke' && ends.get(operation.index)?.type !== 'fail')
    .map((invoke) => {
      const end = ends.get(invoke.index);
      const completed = end?.type === 'ok' ? end : undefined;
      return {
        call: { f: invoke.f, key: invoke.key, input: invoke.value, output: completed === undefined ? UNKNOWN_OUTPUT : completed.value },
        from: invoke.time,
        to: completed?.time ?? Number.POSITIVE_INFINITY,
        required: kept.has(invoke.index),
      };
    });
  const explore = (left: typeof calls, states: ReadonlyMap<string | undefined, unknown>): boolean => {
    if (!left.some(({ required }) => required)) return true;
    return left.some((next) => {
      const rest = left.filter((other) => other !== next);
      // What returned before `next` was called must have come first; what is free may have been left out instead.
      if (rest.some((other) => other.required && other.to < next.from)) return false;
      const part = model.partition === undefined ? next.call.key : model.partition(next.call);
      const after = model.step(states.has(part) ? states.get(part) : model.init(initial), next.call);
      const stillPossible = rest.filter((other) => other.to >= next.from);
      return after !== REJECTED && explore(stillPossible, new Map(states).set(part, after));
    });
  };
  return explore(calls, new Map());
}

describe('on random histories', () => {
  const names = [
    'cas-register',
    'multi-register',
    'mutex',
    'counter',
    'fifo-queue',
    'key-value',
    'stock',
  ] as const satisfies readonly ModelName[];

  it.each(names)('of a %s the core contradicts itself and no part of it does', (name) => {
    const model = models[name] as Model<unknown>;
    const vocabulary = vocabularies[name];
    let invalid = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const random = randomFrom(seed);
      const operations = randomHistory(model, vocabulary, random, { calls: 2 + random.below(6), processes: 1 + random.below(3) });
      const result = checkLinearizable(operations, { model, initial: vocabulary.initial, limits });
      if (result.verdict !== 'invalid') continue;
      invalid++;
      const core = result.minimal?.core ?? [];
      expect(result.minimal?.verified, `seed ${seed}`).toBe(true);
      expect(coreIsExplained(operations, model, vocabulary.initial, core), `seed ${seed}`).toBe(false);
      for (const left of core) {
        const rest = core.filter((call) => call !== left);
        expect(coreIsExplained(operations, model, vocabulary.initial, rest), `seed ${seed} without ${left.description}`).toBe(true);
      }
    }
    expect(invalid).toBeGreaterThan(10);
  });

  it.each(names)('of a %s the first impossible completion ends the shortest history without an explanation', (name) => {
    const model = models[name] as Model<unknown>;
    const vocabulary = vocabularies[name];
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomFrom(seed);
      const operations = randomHistory(model, vocabulary, random, {
        calls: 2 + random.below(6),
        processes: 1 + random.below(3),
        distinctTimes: true,
      });
      const result = checkLinearizable(operations, { model, initial: vocabulary.initial, limits });
      if (result.verdict !== 'invalid') continue;
      const cutAt = earliestCut(withoutFailed(operations), (part) => oracle(part, model, vocabulary.initial));
      const perKey = model.partition === undefined && operations.some((operation) => operation.key !== undefined);
      // With several keys it is the first of the key that is reported.
      if (!perKey) expect(result.firstImpossible?.completion, `seed ${seed}`).toBe(cutAt);
      expectPartialsLegal(result, operations, model, vocabulary.initial);
    }
  });
});

function earliestCut(operations: readonly Operation[], isExplained: (part: readonly Operation[]) => boolean): number {
  for (let end = 1; end <= operations.length; end++) if (!isExplained(operations.slice(0, end))) return operations[end - 1]?.index ?? -1;
  return -1;
}

/** What failed never happened, and that is known before its completion comes. */
function withoutFailed(operations: readonly Operation[]): Operation[] {
  return operations.filter((operation, position) => {
    if (operation.type === 'fail') return false;
    return (
      operation.type !== 'invoke' || operations.slice(position + 1).find((other) => other.process === operation.process)?.type !== 'fail'
    );
  });
}

/** A partial linearization that begins where the history does must itself be accepted, call by call, and respect real time. */
function expectPartialsLegal(
  result: LinearizabilityResult,
  operations: readonly Operation[],
  model: Model<unknown>,
  initial: unknown,
): void {
  if ((result.minimal?.before.length ?? 1) > 0) return;
  for (const { calls } of result.longestPartials ?? []) {
    const chosen = calls.map(({ invocation, completion }) => ({
      invoke: operations[invocation] as Operation,
      end: completion === undefined ? undefined : operations[completion],
    }));
    const isRegister = model.asRegister !== undefined;
    let state = model.init(initial);
    for (const [at, { invoke, end }] of chosen.entries()) {
      for (const later of chosen.slice(at + 1)) expect(later.end?.type === 'ok' ? later.end.time >= invoke.time : true).toBe(true);
      const next = model.step(state, {
        f: invoke.f,
        key: invoke.key,
        input: invoke.value,
        output: end?.type === 'ok' ? end.value : UNKNOWN_OUTPUT,
      });
      if (next === REJECTED && isRegister) return; // It began in a later state of the register.
      expect(next).not.toBe(REJECTED);
      state = next;
    }
  }
}
