import { describe, expect, it } from 'vitest';
import { clausesOf, evidenceOf, historyOf } from './test-support/evidence.ts';
import { placing } from './test-support/orders.ts';
import { checkUniqueIds, uniqueIds } from './unique-ids.ts';

const judge = (...calls: Parameters<typeof historyOf>[0]) => checkUniqueIds(evidenceOf({ history: historyOf(calls) }));
const generate = (id: unknown, from: number) => ({ f: 'generate', from, outcome: 'ok' as const, result: id });

describe('unique-ids', () => {
  it('is valid when all ids differ, also by type alone', () => {
    expect(judge(generate(1, 10), generate('1', 20), generate([1], 30))).toMatchObject({ verdict: 'valid', examined: { generated: 3 } });
  });

  it('is violated when an id was given out twice, whatever the order of its members', () => {
    const result = judge(generate({ node: 1, count: 2 }, 10), generate(7, 20), generate({ count: 2, node: 1 }, 30));
    expect(clausesOf(result)).toEqual(['id-given-twice']);
    expect(result.evidence[0]?.operations).toEqual([0, 1, 4, 5]);
  });

  it('asks nothing of ids that were never given out', () => {
    expect(judge(generate(1, 10), { ...generate(1, 20), outcome: 'info' }, { ...generate(1, 30), outcome: 'fail' }).verdict).toBe('valid');
  });

  it('is violated when two placements were told of one order, but not when one placement was told twice', () => {
    const [first, other] = [placing('a', 100, 1, 10), placing('b', 100, 1, 30)];
    expect(clausesOf(judge(generate(1, 1), first, { ...other, result: first.result }))).toEqual(['order-given-twice']);
    expect(judge(generate(1, 1), first, { ...first, from: 50, to: 60 }, other).verdict).toBe('valid');
  });

  it('is unknown when nothing was generated, and applies only where something was asked for', () => {
    expect(judge(placing('a', 100, 1, 10)).verdict).toBe('unknown');
    expect(uniqueIds.applies?.(evidenceOf({ history: historyOf([placing('a', 100, 1, 10)]) }))).toBe(false);
    expect(uniqueIds.applies?.(evidenceOf({ history: historyOf([generate(1, 10)]) }))).toBe(true);
  });
});
