/** Histories that are hard on a checker: each has to get its verdict, and soon (the time limits are far below what going wrong would take). */
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../harness/history/index.ts';
import { type Model, models } from '../models/index.ts';
import { checkLinearizable } from './index.ts';
import { history, type Line } from './testing/write-history.ts';

const limits = { timeMs: 120_000, memoryBytes: 1e9 };
const casRegister = models['cas-register'];

function verdictOf(operations: readonly Operation[], model: Model<unknown> = casRegister) {
  return checkLinearizable(operations, { model, limits, evidence: 'none' }).verdict;
}

const invoke = (process: number, f: string, value: unknown = null): Line => ({ process, type: 'invoke', f, value });
const ok = (process: number, f: string, value: unknown = null): Line => ({ process, type: 'ok', f, value });
const call = (process: number, f: string, input: unknown, output: unknown = null): Line[] => [
  invoke(process, f, input),
  ok(process, f, output),
];

describe('thirty operations that stay open for a long time', () => {
  const crowd = Array.from({ length: 30 }, (_, at) => at + 1);
  const busy = Array.from({ length: 3_000 }, (_, at) => [
    ...call(0, 'write', at % 5),
    ...call(0, 'cas', [at % 5, (at + 1) % 5]),
    ...call(0, 'read', null, (at + 1) % 5),
  ]).flat();

  it.each<[string, (at: number) => [f: string, input: unknown]]>([
    ['writes of one value', () => ['write', 3]],
    ['writes of different values', (at) => ['write', 100 + at]],
  ])('as %s do not keep it from deciding', (_, operation) => {
    const opened = crowd.map((process) => invoke(process, ...operation(process)));
    const closed = crowd.map((process) => ok(process, operation(process)[0]));
    const last = call(0, 'write', 4);
    expect(verdictOf(history(...opened, ...busy, ...last, ...call(0, 'read', null, 4), ...closed))).toBe('valid');
    // Nobody ever writes a 9.
    expect(verdictOf(history(...opened, ...busy, ...last, ...call(0, 'read', null, 9), ...closed))).toBe('invalid');
  });
});

it('thirty open compare-and-sets that may each happen at any of thousands of moments get no wrong verdict', () => {
  const opened = Array.from({ length: 30 }, (_, at) => invoke(at + 1, 'cas', [at % 5, (at + 2) % 5]));
  const closed = Array.from({ length: 30 }, (_, at) => ok(at + 1, 'cas'));
  const busy = Array.from({ length: 3_000 }, (_, at) => [...call(0, 'write', at % 5), ...call(0, 'read', null, at % 5)]).flat();
  const within = (end: Line[]) =>
    checkLinearizable(history(...opened, ...busy, ...end, ...closed), { model: casRegister, limits: { timeMs: 500, memoryBytes: 1e8 } });
  expect(within([]).verdict).not.toBe('invalid');
  expect(within(call(0, 'read', null, 9)).verdict).not.toBe('valid');
});

describe('thousands of operations whose outcome nobody knows', () => {
  it('of many different writes leave a register decidable', () => {
    const lines: Line[] = [];
    for (let at = 0; at < 5_000; at++) {
      lines.push(invoke(at + 10, 'write', `lost ${at}`), { process: at + 10, type: 'info', f: 'write' });
      lines.push(...call(0, 'cas', [at === 0 ? null : at - 1, at]), ...call(1, 'read', null, at));
    }
    expect(verdictOf(history(...lines))).toBe('valid');
    expect(verdictOf(history(...lines, ...call(0, 'read', null, 17)))).toBe('invalid');
    // A lost write that somebody read happened then, and not again.
    expect(
      verdictOf(history(...lines, ...call(0, 'read', null, 'lost 17'), ...call(0, 'write', 3), ...call(1, 'read', null, 'lost 17'))),
    ).toBe('invalid');
  });

  it.each([
    ['fifo-queue', 'enqueue', 'dequeue', [0, 1]],
    ['stack', 'push', 'pop', [1, 0]],
    ['unordered-queue', 'enqueue', 'dequeue', [1, 0]],
  ] as const)('of removals from a %s leave it decidable', (name, put, take, order) => {
    const model = models[name] as Model<unknown>;
    const lost = Array.from({ length: 3_000 }, (_, at): Line[] => [
      invoke(at + 10, take),
      { process: at + 10, type: 'info', f: take },
      ...call(0, put, 2 * at),
      ...call(0, put, 2 * at + 1),
      ...call(1, take, null, 2 * at + order[0]),
      ...call(1, take, null, 2 * at + order[1]),
    ]).flat();
    expect(verdictOf(history(...lost, ...call(1, take, null, null)), model)).toBe('valid');
    expect(verdictOf(history(...lost, ...call(1, take, null, 7)), model)).toBe('invalid');
  });
});

it('a million operations on one key are decided, and a stale read at their end is found', () => {
  const operations: Operation[] = [];
  const record = (process: number, type: 'invoke' | 'ok', f: string, value: unknown): void => {
    operations.push({ index: operations.length, time: operations.length, process, type, f, value });
  };
  for (let at = 0; at < 500_000; at++) {
    record(0, 'invoke', 'write', at % 5);
    record(1, 'invoke', 'read', null);
    record(0, 'ok', 'write', at % 5);
    record(1, 'ok', 'read', at % 2 === 0 ? at % 5 : at === 0 ? null : (at + 4) % 5);
  }
  const result = checkLinearizable(operations, { model: casRegister, limits });
  expect(result).toMatchObject({ verdict: 'valid', examined: { operations: 1_000_000 } });
  // What is held at one time depends on what is open, not on how much there was.
  expect(result.examined.mostHeld).toBeLessThan(10);
  record(0, 'invoke', 'read', null);
  record(0, 'ok', 'read', 0);
  expect(checkLinearizable(operations, { model: casRegister, limits })).toMatchObject({
    verdict: 'invalid',
    firstImpossible: { invocation: 2_000_000 },
    minimal: { verified: true },
  });
});

it('a million keys are judged one by one, and the violated one is named', () => {
  const operations: Operation[] = [];
  for (let key = 0; key < 1_000_000; key++) {
    const common = { process: key % 7, f: 'write', value: key, key: `key ${key}` };
    operations.push({ index: 2 * key, time: 2 * key, type: 'invoke', ...common });
    operations.push({ index: 2 * key + 1, time: 2 * key + 1, type: 'ok', ...common });
  }
  expect(checkLinearizable(operations, { model: casRegister, limits })).toMatchObject({
    verdict: 'valid',
    examined: { partitions: 1_000_000 },
  });
  const asks = { process: 0, f: 'read', key: 'key 777777' };
  operations.push({ index: 2_000_000, time: 2_000_000, type: 'invoke', value: null, ...asks });
  operations.push({ index: 2_000_001, time: 2_000_001, type: 'ok', value: 777_776, ...asks });
  expect(checkLinearizable(operations, { model: casRegister, limits })).toMatchObject({ verdict: 'invalid', key: 'key 777777' });
});

describe('keys and values that trip programs up', () => {
  const keys = ['', '__proto__', 'constructor', 'hasOwnProperty', 'ключ', '🔑', 'e\u0301', '\u00e9', 'a\u0000b', '\ud800', '1', ' 1'];

  it('as keys are all different objects', () => {
    const lines = keys.flatMap((key, at) => [...call(0, 'write', at), ...call(0, 'read', null, at)].map((line) => ({ ...line, key })));
    const result = checkLinearizable(history(...lines), { model: casRegister, limits });
    expect(result).toMatchObject({ verdict: 'valid', examined: { partitions: keys.length } });
    // Each still holds its own value.
    for (const [at, key] of keys.entries()) {
      const other = call(0, 'read', null, (at + 1) % keys.length).map((line) => ({ ...line, key }));
      expect(checkLinearizable(history(...lines, ...other), { model: casRegister, limits })).toMatchObject({ verdict: 'invalid', key });
    }
  });

  /** As a reader makes it: with an own member of that name. */
  const value = (json: string): unknown => JSON.parse(json);
  const values = [
    '{"__proto__": 1}',
    '{"__proto__": {"a": 1}}',
    '{"a": {"b": [1, {"c": null}]}}',
    '{"a": 1, "b": 2}',
    '[]',
    '{}',
    '[[]]',
    '"{}"',
    '""',
    '"e\u0301"',
    '"\u00e9"',
    '0',
    '"0"',
    'false',
    '1e300',
  ];

  it.each([
    ['searched', ['cas', [null, 'begin']] as const],
    ['decided by their zones', ['write', 'begin'] as const],
  ])('as values of a register that is %s are compared by what they hold', (_, [f, input]) => {
    const written = values.flatMap((json) => [...call(0, 'write', value(json)), ...call(0, 'read', null, value(json))]);
    expect(verdictOf(history(...call(0, f, input), ...written))).toBe('valid');
    for (const [at, json] of values.entries()) {
      const other = values[(at + 1) % values.length] as string;
      const wrong = [...call(0, f, input), ...call(0, 'write', value(json)), ...call(0, 'read', null, value(other))];
      expect(verdictOf(history(...wrong)), `${json} read as ${other}`).toBe('invalid');
    }
    const reordered = [...call(0, f, input), ...call(0, 'write', { a: 1, b: 2 }), ...call(0, 'read', null, value('{"b": 2, "a": 1}'))];
    expect(verdictOf(history(...reordered))).toBe('valid');
  });
});
