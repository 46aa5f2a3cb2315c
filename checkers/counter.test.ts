import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCounter, counter } from './counter.ts';
import { type CallRecord, clausesOf, evidenceOf, historyOf } from './test-support/evidence.ts';

const evidence = (calls: readonly CallRecord[]) => evidenceOf({ workload: 'counter', history: historyOf(calls) });
const judge = (...calls: readonly CallRecord[]) => checkCounter(evidence(calls));
const add = (value: number, from: number, to = from + 5, outcome: 'ok' | 'fail' | 'info' = 'ok'): CallRecord => ({
  f: 'add',
  value,
  from,
  to,
  outcome,
});
const read = (result: number, from: number, to = from + 5): CallRecord => ({ f: 'read', from, to, outcome: 'ok', result });

describe('counter', () => {
  it('is valid when each read is the sum of what was added', () => {
    expect(judge(add(1, 10), read(1, 20), add(5, 30), add(-2, 40), read(4, 50))).toMatchObject({
      verdict: 'valid',
      examined: { reads: 2, additions: 3 },
    });
  });

  it('is violated by a read that misses what was acknowledged before it, or has what nobody added', () => {
    expect(clausesOf(judge(add(1, 10), read(0, 20)))).toEqual(['read-out-of-bounds']);
    expect(clausesOf(judge(add(1, 10), read(2, 20)))).toEqual(['read-out-of-bounds']);
    expect(judge(add(1, 10), read(2, 20)).evidence[0]?.data).toMatchObject({ value: 2, least: 1, most: 1 });
  });

  it('allows a read either way beside an addition that was going on, and equal times are going on', () => {
    for (const value of [0, 1]) expect(judge(add(1, 10, 20), read(value, 15, 25)).verdict).toBe('valid');
    for (const value of [0, 1]) expect(judge(add(1, 10, 20), read(value, 20, 25)).verdict).toBe('valid');
    for (const value of [0, 1]) expect(judge(add(1, 20, 30), read(value, 10, 20)).verdict).toBe('valid');
    expect(judge(add(1, 10, 20), read(0, 21, 25)).verdict).toBe('invalid');
    expect(judge(add(1, 21, 30), read(1, 10, 20)).verdict).toBe('invalid');
  });

  it('allows what has an unknown outcome to count from then on or never, in either direction', () => {
    for (const value of [0, 3]) expect(judge(add(3, 10, 12, 'info'), read(value, 100)).verdict).toBe('valid');
    for (const value of [0, -3]) expect(judge(add(-3, 10, 12, 'info'), read(value, 100)).verdict).toBe('valid');
    expect(judge(add(3, 10, 12, 'info'), add(-3, 10, 12, 'info'), read(4, 100)).verdict).toBe('invalid');
    expect(judge(add(3, 10, 12, 'info'), read(3, 1)).verdict).toBe('invalid');
  });

  it('never counts what failed', () => {
    expect(judge(add(1, 10), add(3, 20, 22, 'fail'), read(4, 100)).verdict).toBe('invalid');
    expect(judge(add(1, 10), add(3, 20, 22, 'fail'), read(1, 100)).verdict).toBe('valid');
  });

  it('knows steps of one, keeps counters with keys apart, and forgives the order in which fractions were added', () => {
    expect(
      judge(
        { f: 'inc', from: 1, to: 2, outcome: 'ok' },
        { f: 'inc', from: 3, to: 4, outcome: 'ok' },
        { f: 'dec', from: 5, to: 6, outcome: 'ok' },
        read(1, 10),
      ).verdict,
    ).toBe('valid');
    const keyed = (key: string, call: CallRecord) => ({ ...call, key });
    expect(judge(keyed('x', add(1, 10)), keyed('y', add(2, 10)), keyed('x', read(1, 20)), keyed('y', read(2, 20))).verdict).toBe('valid');
    expect(judge(keyed('x', add(1, 10)), keyed('y', add(2, 10)), keyed('x', read(3, 20))).summary).toContain('of x gave 3');
    expect(judge(add(0.1, 1), add(0.2, 10), add(0.3, 20), read(0.6, 50)).verdict).toBe('valid');
  });

  it('accepts every read of a counter that works', () => {
    const steps = fc.array(fc.record({ amount: fc.integer({ min: -5, max: 5 }), at: fc.nat(100), takes: fc.nat(30), lands: fc.nat(30) }), {
      minLength: 1,
    });
    const looks = fc.array(fc.record({ at: fc.nat(100), takes: fc.nat(30), looks: fc.nat(30) }), { minLength: 1 });
    fc.assert(
      fc.property(steps, looks, (additions, reads) => {
        const landed = additions.map(({ amount, at, takes, lands }) => ({ amount, at: at + Math.min(lands, takes) }));
        const calls = [
          ...additions.map(({ amount, at, takes }) => add(amount, at, at + takes)),
          ...reads.map(({ at, takes, looks: after }) => {
            const seenAt = at + Math.min(after, takes);
            return read(
              landed.reduce((sum, one) => (one.at < seenAt ? sum + one.amount : sum), 0),
              at,
              at + takes,
            );
          }),
        ];
        expect(judge(...calls).verdict).toBe('valid');
      }),
    );
  });

  it('is unknown when there is nothing to add up or nobody looked, and leaves registers and sets alone', () => {
    expect(judge(add(1, 10)).verdict).toBe('unknown');
    expect(judge(read(1, 10)).verdict).toBe('unknown');
    expect(counter.applies?.(evidence([add(1, 10), read(1, 20)]))).toBe(true);
    const registers: readonly CallRecord[] = [
      { f: 'write', key: 'x', value: 5, from: 1, outcome: 'ok' },
      { ...read(5, 10), key: 'x' },
    ];
    expect(counter.applies?.(evidence(registers))).toBe(false);
    expect(judge(...registers).verdict).toBe('unknown');
    const sets: readonly CallRecord[] = [add(5, 1), { ...read(0, 10), result: [5] }];
    expect(counter.applies?.(evidence(sets))).toBe(false);
    expect(judge(...sets).verdict).toBe('unknown');
  });
});
