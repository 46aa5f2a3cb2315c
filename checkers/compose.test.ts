import { describe, expect, it } from 'vitest';
import { mergeVerdicts, type Verdict } from '../harness/history/index.ts';
import type { Checker } from './checker.ts';
import { composeVerdict } from './compose.ts';
import { checkerRegistry } from './registry.ts';
import { evidenceOf, noLimits } from './test-support/evidence.ts';
import { changeCalls, evidenceFrom, golden, isStale } from './test-support/leader-change.ts';
import { goldenCalls, orderRun } from './test-support/orders.ts';

const checker = (name: string, verdict: Verdict, more: Partial<Checker> = {}): Checker => ({
  name,
  question: `Is ${name} so?`,
  check: () => ({ verdict, question: `Is ${name} so?`, summary: `${name} is ${verdict}.`, examined: {}, evidence: [] }),
  ...more,
});
const never = { applies: () => false };
const compose = (...checkers: readonly Checker[]) => composeVerdict(evidenceOf(), checkers, noLimits);

describe('composeVerdict', () => {
  it('merges by severity: a violation outweighs an unknown, which outweighs valid', async () => {
    expect((await compose(checker('a', 'valid'), checker('b', 'valid'))).verdict).toBe('valid');
    expect((await compose(checker('a', 'valid'), checker('b', 'unknown'))).verdict).toBe('unknown');
    expect((await compose(checker('a', 'unknown'), checker('b', 'invalid'), checker('c', 'valid'))).verdict).toBe('invalid');
  });

  it('says in one sentence what was violated, or what is unknown and why', async () => {
    expect((await compose(checker('a', 'valid'), checker('b', 'invalid'))).summary).toBe('Violated: b: b is invalid.');
    expect((await compose(checker('a', 'valid'), checker('b', 'unknown'))).summary).toBe('Unknown: b: b is unknown.');
    expect((await compose(checker('a', 'valid'), checker('b', 'unknown', never))).summary).toBe(
      'Every property that was exercised holds: a (not exercised: b).',
    );
  });

  it('takes a checker that throws, at once or later, for unknown with its message', async () => {
    const throwing = checker('a', 'valid', {
      check: () => {
        throw new Error('no such field');
      },
    });
    const rejecting = checker('b', 'valid', { check: () => Promise.reject(new Error('worker died')) });
    const result = await compose(throwing, rejecting, checker('c', 'valid'));
    expect(result.verdict).toBe('unknown');
    expect(result.checkers['a']?.summary).toContain('no such field');
    expect(result.checkers['b']?.summary).toContain('worker died');
  });

  it('counts the error of a checker that does not apply: nobody knows what it would have found', async () => {
    const failing = checker('a', 'valid', { ...never, check: () => Promise.reject(new Error('out of memory')) });
    expect((await compose(failing, checker('b', 'valid'))).verdict).toBe('unknown');
  });

  it('sets a property aside that the run did not ask about, and never shows it as valid', async () => {
    const result = await compose(checker('a', 'valid'), checker('b', 'unknown', never), checker('c', 'valid', never));
    expect(result.verdict).toBe('valid');
    expect(Object.keys(result.checkers)).toEqual(['a']);
    expect(Object.values(result.notExercised).map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
  });

  it('counts a violation of a property that the run did not ask about', async () => {
    const result = await compose(checker('a', 'valid'), checker('b', 'invalid', never));
    expect(result.verdict).toBe('invalid');
    expect(result.checkers['b']?.verdict).toBe('invalid');
    expect(result.notExercised).toEqual({});
  });

  it('is unknown when only checkers of the run itself spoke, or none', async () => {
    const aboutRun = { subject: 'run' } as const;
    expect((await compose(checker('a', 'valid', aboutRun))).verdict).toBe('unknown');
    expect((await compose(checker('a', 'valid', aboutRun), checker('b', 'unknown', never))).summary).toContain('nothing was shown');
    expect((await compose()).verdict).toBe('unknown');
  });

  it('refuses two checkers of one name', async () => {
    await expect(compose(checker('a', 'valid'), checker('a', 'invalid'))).rejects.toThrow('two checkers are called a');
  });

  it('hands the limits on', async () => {
    const seen: number[] = [];
    const curious = checker('a', 'valid');
    await composeVerdict(
      evidenceOf(),
      [
        {
          ...curious,
          check: (evidence, limits) => {
            seen.push(limits.timeMs);
            return curious.check(evidence, limits);
          },
        },
      ],
      { timeMs: 7, memoryBytes: 9 },
    );
    expect(seen).toEqual([7]);
  });
});

describe('the registry on whole runs', () => {
  const judge = (evidence: Parameters<typeof composeVerdict>[0]) => composeVerdict(evidence, checkerRegistry, noLimits);

  it('finds a control run of orders valid without registers, fencing and efficacy having been exercised', async () => {
    const result = await judge(orderRun());
    expect(result.verdict).toBe('valid');
    expect(Object.keys(result.checkers)).toEqual(expect.arrayContaining(['saga', 'acknowledged-loss']));
    expect(Object.keys(result.notExercised)).toEqual(expect.arrayContaining(['linearizable', 'fencing', 'exactly-once', 'efficacy']));
  });

  it('finds a run with a leader change valid, and invalid once a replica accepts the stale write', async () => {
    const { history, ledger } = orderRun();
    const run = (calls: typeof golden.calls) => {
      const { ledger: fenced, ...evidence } = evidenceFrom({ calls });
      return ledger === undefined || fenced === undefined ? evidence : { ...evidence, history, ledger: { ...ledger, cells: fenced.cells } };
    };
    expect(await judge(run(golden.calls))).toMatchObject({ verdict: 'valid', checkers: { saga: {}, fencing: {}, efficacy: {} } });
    const accepting = await judge(run(changeCalls(golden.calls, isStale, ({ problem: _, ...call }) => ({ ...call, status: 200 }))));
    expect(accepting.verdict).toBe('invalid');
    expect(accepting.summary).toContain('fencing');
  });

  it('finds a pause that exercised nothing unknown, however well the orders went', async () => {
    const result = await judge({ ...orderRun(), nemeses: ['pause-leader'] });
    expect(result.verdict).toBe('unknown');
    expect(result.checkers['fencing']?.verdict).toBe('unknown');
  });

  it('keeps a verdict that agrees with the results it lists', async () => {
    for (const evidence of [orderRun(), orderRun({ stock: [] }), orderRun({}, goldenCalls.slice(3)), evidenceFrom()]) {
      const result = await judge(evidence);
      expect(result.verdict).toBe(mergeVerdicts(Object.values(result.checkers).map(({ verdict }) => verdict)));
    }
  });

  it('writes nothing that JSON would lose', async () => {
    const result = await judge(evidenceFrom({ cells: golden.cells.slice(1) }));
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });
});
