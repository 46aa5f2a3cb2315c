import { describe, expect, it } from 'vitest';
import type { Operation } from '../../harness/history/index.ts';
import { models } from '../models/index.ts';
import { checkLinearizable } from './index.ts';
import type { LinearizabilityOptions } from './result.ts';
import { history, type Line, sequential } from './testing/write-history.ts';

const limits = { timeMs: 10_000, memoryBytes: 1e9 };

function check(operations: readonly Operation[], options: Partial<LinearizabilityOptions<unknown>> = {}) {
  return checkLinearizable(operations, { model: models['cas-register'], limits, ...options });
}

const invoke = (process: number, f: string, value: unknown = null, time?: number): Line => ({
  process,
  type: 'invoke',
  f,
  value,
  ...(time === undefined ? {} : { time }),
});
const ok = (process: number, f: string, value: unknown = null, time?: number): Line => ({
  process,
  type: 'ok',
  f,
  value,
  ...(time === undefined ? {} : { time }),
});
const info = (process: number, f: string): Line => ({ process, type: 'info', f, error: { code: 'timeout', message: 'no answer' } });
const fail = (process: number, f: string, code: string, value: unknown = null): Line => ({
  process,
  type: 'fail',
  f,
  value,
  error: { code, message: code },
});

describe('an operation whose outcome is unknown', () => {
  const lostWrite = [invoke(0, 'write', 1), info(0, 'write')];

  it('may have taken effect', () => {
    expect(check(history(...lostWrite, invoke(1, 'read'), ok(1, 'read', 1))).verdict).toBe('valid');
  });

  it('may never take effect', () => {
    expect(check(history(...lostWrite, invoke(1, 'read'), ok(1, 'read', null))).verdict).toBe('valid');
  });

  it('may take effect long after', () => {
    const late = [invoke(1, 'write', 2), ok(1, 'write'), invoke(1, 'read'), ok(1, 'read', 2), invoke(1, 'read'), ok(1, 'read', 1)];
    expect(check(history(...lostWrite, ...late)).verdict).toBe('valid');
  });

  it('takes effect at most once', () => {
    const twice = [invoke(1, 'read'), ok(1, 'read', 1), invoke(1, 'write', 2), ok(1, 'write'), invoke(1, 'read'), ok(1, 'read', 1)];
    expect(check(history(...lostWrite, ...twice)).verdict).toBe('invalid');
  });

  it('does not take effect before it was invoked', () => {
    expect(check(history(invoke(1, 'read'), ok(1, 'read', 1), ...lostWrite)).verdict).toBe('invalid');
  });

  it('is also one that is pending at the end', () => {
    expect(check(history(invoke(0, 'write', 1), invoke(1, 'read'), ok(1, 'read', 1))).verdict).toBe('valid');
  });

  it('is a cas that takes effect only where it matches', () => {
    const lostCas = [invoke(0, 'cas', [1, 2]), info(0, 'cas'), invoke(1, 'write', 3), ok(1, 'write')];
    expect(check(history(...lostCas, invoke(1, 'read'), ok(1, 'read', 2))).verdict).toBe('invalid');
    expect(
      check(history(invoke(2, 'write', 1), ok(2, 'write'), invoke(0, 'cas', [1, 2]), info(0, 'cas'), invoke(1, 'read'), ok(1, 'read', 2)))
        .verdict,
    ).toBe('valid');
  });

  it('can be one of thousands with the same argument, and costs no more for it', () => {
    const lost = Array.from({ length: 3_000 }, (_, process) => [invoke(process, 'write', process % 3), info(process, 'write')]).flat();
    const reads = Array.from({ length: 300 }, (_, at) => [invoke(9_000, 'read'), ok(9_000, 'read', [0, 1, 0, 2, 1][at % 5])]).flat();
    const cas = [invoke(9_001, 'cas', [7, 8]), info(9_001, 'cas')];
    expect(check(history(...cas, ...lost, ...reads))).toMatchObject({ verdict: 'valid' });
    expect(check(history(...cas, ...lost, ...reads, invoke(9_000, 'read'), ok(9_000, 'read', 8)))).toMatchObject({ verdict: 'invalid' });
  });
});

describe('an operation that failed', () => {
  it('never happened, and a read of its value is flagged as aborted', () => {
    const result = check(history(invoke(0, 'write', 1), fail(0, 'write', 'unavailable'), invoke(1, 'read'), ok(1, 'read', 1)));
    expect(result.verdict).toBe('invalid');
    expect(result.abortedReads).toMatchObject([{ read: { invocation: 2, completion: 3 }, write: { invocation: 0, completion: 1 } }]);
  });

  it('is not blamed for a read that another write explains', () => {
    const result = check(
      history(
        invoke(0, 'write', 1),
        fail(0, 'write', 'unavailable'),
        invoke(0, 'write', 1),
        ok(0, 'write'),
        invoke(0, 'write', 2),
        ok(0, 'write'),
        invoke(1, 'read'),
        ok(1, 'read', 1),
      ),
    );
    expect(result.verdict).toBe('invalid');
    expect(result.abortedReads).toBeUndefined();
  });

  describe('as a cas that did not match', () => {
    const matching = (reported: unknown) =>
      history(invoke(0, 'write', 1), ok(0, 'write'), invoke(1, 'cas', [1, 2]), fail(1, 'cas', 'cas-mismatch', reported));

    it('says nothing unless asked to', () => {
      expect(check(matching([1, 2])).verdict).toBe('valid');
    });

    it('saw another value than it expected, when it counts as an observation', () => {
      expect(check(matching([1, 2]), { failedCas: 'observe' }).verdict).toBe('invalid');
      expect(check(matching(null), { failedCas: 'observe' }).verdict).toBe('invalid');
    });

    it('saw the value that it reports', () => {
      const seeing = (value: unknown) =>
        history(invoke(0, 'write', 1), ok(0, 'write'), invoke(1, 'cas', [5, 2]), fail(1, 'cas', 'cas-mismatch', value));
      expect(check(seeing(1), { failedCas: 'observe' }).verdict).toBe('valid');
      expect(check(seeing(3), { failedCas: 'observe' }).verdict).toBe('invalid');
    });

    it('is explained by a write whose outcome is unknown and whose value nobody read', () => {
      const operations = history(
        invoke(0, 'write', 1),
        ok(0, 'write'),
        invoke(2, 'write', 9),
        info(2, 'write'),
        invoke(1, 'cas', [1, 2]),
        fail(1, 'cas', 'cas-mismatch'),
      );
      expect(check(operations, { failedCas: 'observe' }).verdict).toBe('valid');
    });

    it('says nothing when it failed for another reason', () => {
      const operations = history(invoke(0, 'write', 1), ok(0, 'write'), invoke(1, 'cas', [1, 2]), fail(1, 'cas', 'unavailable'));
      expect(check(operations, { failedCas: 'observe' }).verdict).toBe('valid');
    });
  });
});

describe('real time', () => {
  it('does not order what happens at the same instant, whatever the order in the file', () => {
    const touching = history(invoke(0, 'write', 1, 0), ok(0, 'write', null, 10), invoke(1, 'read', null, 10), ok(1, 'read', null, 20));
    const apart = history(invoke(0, 'write', 1, 0), ok(0, 'write', null, 10), invoke(1, 'read', null, 11), ok(1, 'read', null, 20));
    expect(check(touching).verdict).toBe('valid');
    expect(check(apart).verdict).toBe('invalid');
  });

  it('is the same for unique writes, which are decided by their zones', () => {
    const touching = history(invoke(0, 'write', 1, 0), ok(0, 'write', null, 10), invoke(1, 'read', null, 10), ok(1, 'read', null, 20));
    expect(checkLinearizable(touching, { model: models.register, limits }).verdict).toBe('valid');
  });
});

describe('a read of nil', () => {
  const readsNil = sequential(['write', 1], ['read', null, null]);

  it('is a read of that value', () => {
    expect(check(readsNil).verdict).toBe('invalid');
  });

  it('says nothing when nil stands for "no value came back"', () => {
    expect(check(readsNil, { nilReads: 'any' }).verdict).toBe('valid');
  });
});

describe('keys', () => {
  it('are judged one by one, and the violated one is named', () => {
    const lines: Line[] = [
      { ...invoke(0, 'write', 1), key: 'constructor' },
      { ...ok(0, 'write'), key: 'constructor' },
      { ...invoke(0, 'read'), key: '__proto__' },
      { ...ok(0, 'read', 1), key: '__proto__' },
    ];
    expect(check(history(...lines))).toMatchObject({ verdict: 'invalid', key: '__proto__', examined: { partitions: 2 } });
    expect(check(history(...lines.slice(0, 2))).verdict).toBe('valid');
  });
});

describe('a history that shows nothing is unknown', () => {
  it.each([
    ['an empty one', history()],
    ['one with only faults', history({ process: 'nemesis', type: 'info', f: 'pause' })],
    ['one in which nothing succeeded', history(invoke(0, 'write', 1), fail(0, 'write', 'unavailable'))],
    ['one in which no outcome is known', history(invoke(0, 'write', 1), info(0, 'write'), invoke(1, 'read'))],
  ])('%s', (_, operations) => {
    expect(check(operations)).toMatchObject({ verdict: 'unknown', reason: { kind: 'vacuous' } });
  });
});

describe('what is not a history is an input error and never a violation', () => {
  it.each<[string, Operation[], number, RegExp]>([
    ['a completion without an invocation', history(ok(0, 'read', 1)), 0, /no open operation/],
    ['a second completion', history(invoke(0, 'write', 1), ok(0, 'write'), ok(0, 'write')), 2, /no open operation/],
    [
      'a process that overlaps itself',
      history(invoke(0, 'write', 1), invoke(0, 'write', 2)),
      1,
      /while its write invoked at index 0 is still open/,
    ],
    ['a process that goes on after info', history(invoke(0, 'write', 1), info(0, 'write'), invoke(0, 'read')), 2, /retired/],
    ['a completion of another function', history(invoke(0, 'write', 1), ok(0, 'read', 1)), 1, /its open operation is write/],
    ['times that go backwards', history(invoke(0, 'write', 1, 10), ok(0, 'write', null, 5)), 1, /backwards/],
    ['a time that is not a number', history(invoke(0, 'write', 1, Number.NaN)), 0, /expected time/],
    [
      'an operation of two partitions',
      history({ ...invoke(0, 'write', 1), key: 'a' }, { ...ok(0, 'write'), key: 'b' }),
      1,
      /two partitions/,
    ],
    ['a function that the model does not know', history(invoke(0, 'enqueue', 1), ok(0, 'enqueue')), 0, /no function "enqueue"/],
    ['a cas without a pair', history(invoke(0, 'cas', 1), ok(0, 'cas')), 0, /\[expected, new\]/],
  ])('%s', (_, operations, index, message) => {
    const result = check(operations);
    expect(result).toMatchObject({
      verdict: 'unknown',
      reason: { kind: 'invalid-history', index, message: expect.stringMatching(message) },
    });
  });
});

describe('limits', () => {
  // Values that are not distinct: those that are would not be searched.
  const crowd = history(
    ...Array.from({ length: 14 }, (_, process) => invoke(process, 'push', process % 7)),
    ...Array.from({ length: 14 }, (_, process) => ok(process, 'push')),
    invoke(0, 'pop'),
    ok(0, 'pop', 99),
  );

  it('of time make the verdict unknown', () => {
    const result = checkLinearizable(crowd, { model: models.stack, limits: { timeMs: 1, memoryBytes: 1e9 } });
    expect(result).toMatchObject({ verdict: 'unknown', reason: { kind: 'time-limit' } });
  });

  it('of memory make the verdict unknown', () => {
    const result = checkLinearizable(crowd, { model: models.stack, limits: { timeMs: 60_000, memoryBytes: 100_000 } });
    expect(result).toMatchObject({ verdict: 'unknown', reason: { kind: 'memory-limit' } });
  });
});
