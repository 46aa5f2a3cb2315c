/** Corners in which a checker is easily wrong: models that fail or guess, limits that run out beside a violation, operations without a length. */
import { describe, expect, it } from 'vitest';
import { composeVerdict } from '../compose.ts';
import { models } from '../models/index.ts';
import { determinize } from '../models/model.ts';
import { evidenceOf, noLimits } from '../test-support/evidence.ts';
import { checkLinearizable } from './index.ts';
import { concurrent, history, type Line, sequential } from './testing/write-history.ts';

const limits = { timeMs: 60_000, memoryBytes: 1e9 };
const register = { model: models['cas-register'], limits };

describe('a model whose step throws', () => {
  const broken = {
    ...models.counter,
    step: (): never => {
      throw new Error('the model is wrong');
    },
  };
  const operations = sequential(['add', 1], ['read', null, 1]);

  it('is a mistake of the model and no verdict on the history', () => {
    expect(() => checkLinearizable(operations, { model: broken, limits })).toThrow('the model is wrong');
  });

  it('makes the verdict of a run unknown, with its error', async () => {
    const checker = {
      name: 'broken',
      question: '?',
      check: () => ({ ...checkLinearizable(operations, { model: broken, limits }), question: '?', evidence: [] }),
    };
    expect(await composeVerdict(evidenceOf(), [checker], noLimits)).toMatchObject({
      verdict: 'unknown',
      checkers: { broken: { summary: expect.stringContaining('the model is wrong') as string } },
    });
  });
});

describe('a model that may go on in several ways', () => {
  /** Rolls one to six, keeps it, and may break, after which it answers nothing. */
  const die = determinize<number>({
    name: 'die',
    description: 'A die that may break.',
    functions: ['roll', 'read'],
    initSet: () => [1],
    stepSet: (state, { f, output }) => (state === 0 ? [] : f === 'roll' ? [0, 1, 2, 3, 4, 5, 6] : output === state ? [state] : []),
    canonical: String,
    describeState: String,
    describeCall: ({ f, output }) => `${f} → ${String(output)}`,
  });

  it('allows whatever one of the ways explains', () => {
    expect(checkLinearizable(sequential(['roll', null], ['read', null, 5], ['read', null, 5]), { model: die, limits }).verdict).toBe(
      'valid',
    );
  });

  it('allows nothing where no way goes on', () => {
    const result = checkLinearizable(sequential(['roll', null], ['read', null, 5], ['read', null, 4]), { model: die, limits });
    expect(result).toMatchObject({ verdict: 'invalid', firstImpossible: { description: 'read → 4' } });
    expect(checkLinearizable(sequential(['roll', null], ['read', null, 7]), { model: die, limits }).verdict).toBe('invalid');
  });
});

it('a violation wins over a key that could not be decided in time', () => {
  // Values that repeat, all open at once, and one that nobody pushed.
  const crowd = concurrent(...Array.from({ length: 14 }, (_, at) => ['push', at % 7] as const)).map((operation) => ({
    ...operation,
    key: 'a',
  }));
  const end = crowd.length;
  const undecided: Line[] = [
    ...crowd,
    { process: 0, type: 'invoke', f: 'pop', key: 'a' },
    { process: 0, type: 'ok', f: 'pop', value: 99, key: 'a' },
  ];
  const violated: Line[] = [
    { process: 50, type: 'invoke', f: 'pop', key: 'b' },
    { process: 50, type: 'ok', f: 'pop', value: 1, key: 'b' },
  ];
  const at = (lines: readonly Line[]): Line[] => lines.map((line, index) => ({ ...line, time: index }));
  const short = { model: models.stack, limits: { timeMs: 1, memoryBytes: 1e9 } };
  expect(checkLinearizable(history(...at(undecided)), short)).toMatchObject({ verdict: 'unknown', reason: { kind: 'time-limit' } });
  expect(checkLinearizable(history(...at([...undecided, ...violated])), short)).toMatchObject({
    verdict: 'invalid',
    key: 'b',
    firstImpossible: { invocation: end + 2 },
  });
});

describe('operations without a length', () => {
  const instant = (process: number, time: number, f: string, input: unknown, output: unknown = null): Line[] => [
    { process, time, type: 'invoke', f, value: input },
    { process, time, type: 'ok', f, value: output },
  ];

  it('are ordered by their instants', () => {
    const write = instant(0, 10, 'write', 1);
    expect(checkLinearizable(history(...write, ...instant(1, 11, 'read', null, 1)), register).verdict).toBe('valid');
    expect(checkLinearizable(history(...write, ...instant(1, 11, 'read', null, null)), register).verdict).toBe('invalid');
  });

  it('are concurrent at the same instant', () => {
    const write = instant(0, 10, 'write', 1);
    for (const seen of [null, 1])
      expect(checkLinearizable(history(...write, ...instant(1, 10, 'read', null, seen)), register).verdict, String(seen)).toBe('valid');
    expect(checkLinearizable(history(...write, ...instant(1, 10, 'read', null, 2)), register).verdict).toBe('invalid');
  });
});

it('objects are values, whatever the order of their fields, also with a field called __proto__', () => {
  const parsed = (text: string): unknown => JSON.parse(text) as unknown;
  const written = parsed('{"a":1,"b":[{"__proto__":2}]}');
  const same = parsed('{"b":[{"__proto__":2}],"a":1}');
  const other = parsed('{"b":[{"__proto__":3}],"a":1}');
  expect(checkLinearizable(sequential(['write', written], ['read', null, same]), register).verdict).toBe('valid');
  expect(checkLinearizable(sequential(['write', written], ['read', null, other]), register).verdict).toBe('invalid');
});
