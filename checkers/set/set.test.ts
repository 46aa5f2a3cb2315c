import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallRecord, clausesOf, evidenceOf, historyOf } from '../test-support/evidence.ts';
import { checkSet, set } from './index.ts';

const evidence = (calls: readonly CallRecord[]) => evidenceOf({ workload: 'set', history: historyOf(calls) });
const judge = (...calls: readonly CallRecord[]) => checkSet(evidence(calls));
const add = (value: unknown, from: number, outcome: 'ok' | 'fail' | 'info' = 'ok'): CallRecord => ({
  f: 'add',
  value,
  from,
  to: from + 5,
  outcome,
});
const read = (result: readonly unknown[], from: number, to = from + 5): CallRecord => ({ f: 'read', from, to, outcome: 'ok', result });

describe('set', () => {
  it('is valid when what was added is there to stay', () => {
    expect(judge(add(1, 10), read([1], 20), add(2, 30), read([2, 1], 40))).toMatchObject({
      verdict: 'valid',
      examined: { acknowledged: 2, judged: 2, late: 0, reads: 2 },
    });
  });

  it('is violated when an acknowledged element is missing at the end, seen before or not', () => {
    const result = judge(add(1, 10), add(2, 12), read([2], 20));
    expect(clausesOf(result)).toEqual(['lost']);
    expect(result.evidence[0]).toMatchObject({ data: { value: 1 }, operations: [0, 2, 4, 5] });
    expect(clausesOf(judge(add(1, 10), add(2, 12), read([1, 2], 20), read([2], 30)))).toEqual(['lost']);
  });

  it('is violated when an element that was only seen is gone', () => {
    expect(clausesOf(judge(add(1, 10, 'info'), read([1], 20), read([], 30)))).toEqual(['lost']);
    expect(judge(add(1, 10, 'info'), add(2, 12), read([2], 20), read([2], 30)).verdict).toBe('valid');
  });

  it('takes an element that came back for late, not for lost, and tells how late', () => {
    const result = judge(add(1, 10_000_000), add(2, 12_000_000), read([2], 20_000_000), read([1, 2], 30_000_000));
    expect(result).toMatchObject({ verdict: 'valid', examined: { late: 1 } });
    expect(result.evidence[0]?.data?.['maxMs']).toBeCloseTo((20_000_000 - 10_000_005) / 1e6, 3);
    expect(result.evidence[1]).toMatchObject({ data: { value: 1 }, operations: [4, 5] });
  });

  it('asks nothing of reads that were going on when the element was added, or when it was last seen', () => {
    expect(judge(add(1, 10), read([], 15, 25), read([1], 30))).toMatchObject({ verdict: 'valid', examined: { late: 0 } });
    expect(judge(add(1, 10), read([], 15, 100)).verdict).not.toBe('invalid');
    expect(judge(add(1, 10), read([1], 20, 40), read([], 30, 35)).verdict).toBe('valid');
    expect(judge(add(1, 10), read([1], 20, 29), read([], 30, 35)).verdict).toBe('invalid');
  });

  it('is violated by an element that nobody added or whose addition failed', () => {
    expect(clausesOf(judge(add(1, 10), read([1, 9], 20)))).toEqual(['unexpected']);
    expect(clausesOf(judge(add(1, 10), add(9, 12, 'fail'), read([1, 9], 20)))).toEqual(['unexpected']);
    expect(judge(add(1, 10), add(9, 12, 'fail'), add(9, 14, 'info'), read([1, 9], 20)).verdict).toBe('valid');
  });

  it('is violated by an element that stands twice in one read', () => {
    expect(clausesOf(judge(add(1, 10), read([1, 1], 20)))).toEqual(['duplicated']);
  });

  it('concludes nothing from the absence of what somebody may have taken out', () => {
    const remove = (outcome: 'ok' | 'fail' | 'info'): CallRecord => ({ f: 'remove', value: 1, from: 25, to: 28, outcome });
    for (const outcome of ['ok', 'info'] as const)
      expect(judge(add(1, 10), add(2, 12), remove(outcome), read([2], 30)).verdict).toBe('valid');
    expect(judge(add(1, 10), add(2, 12), remove('fail'), read([2], 30)).verdict).toBe('invalid');
  });

  it('keeps sets with keys apart', () => {
    const keyed = (key: string, call: CallRecord) => ({ ...call, key });
    expect(judge(keyed('x', add(1, 10)), keyed('y', add(2, 10)), keyed('x', read([1], 20)), keyed('y', read([2], 20))).verdict).toBe(
      'valid',
    );
    expect(judge(keyed('x', add(1, 10)), keyed('y', read([1], 20))).summary).toContain('of y');
  });

  it('is unknown when nobody looked, or not after some element was added', () => {
    expect(judge(add(1, 10)).verdict).toBe('unknown');
    expect(judge(add(1, 10), read([1], 20), add(2, 30)).verdict).toBe('unknown');
    expect(set.applies?.(evidence([add(1, 10), read([1], 20)]))).toBe(true);
    expect(set.applies?.(evidence([add(1, 10), { ...read([], 20), result: 1 }]))).toBe(false);
  });

  it('finds what a look at every pair of element and read finds', () => {
    const plan = fc.array(fc.record({ from: fc.nat(40), takes: fc.nat(10), shows: fc.subarray([0, 1, 2, 3]) }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(plan, fc.array(fc.nat(40), { minLength: 4, maxLength: 4 }), (reads, addedAt) => {
        const calls = [
          ...addedAt.map((from, value) => add(value, from)),
          ...reads.map(({ from, takes, shows }) => read(shows, from, from + takes)),
        ];
        const lost = addedAt.flatMap((from, value) => {
          const showing = reads.filter(({ shows }) => shows.includes(value)).map(({ from: at, takes }) => at + takes);
          const knownAt = Math.min(from + 5, ...showing);
          const since = Math.max(knownAt, ...showing);
          return reads.some(({ from: at, shows }) => !shows.includes(value) && at > since) ? [value] : [];
        });
        const result = judge(...calls);
        const found = result.evidence.filter(({ data }) => data?.['clause'] === 'lost').map(({ data }) => data?.['value']);
        expect([...found].sort()).toEqual(lost);
      }),
    );
  });
});
