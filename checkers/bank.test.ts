import { describe, expect, it } from 'vitest';
import { bank, checkBank } from './bank.ts';
import { type CallRecord, clausesOf, evidenceOf, historyOf } from './test-support/evidence.ts';

const judge = (...calls: readonly CallRecord[]) => checkBank(evidenceOf({ workload: 'bank', history: historyOf(calls) }));
const transfer = (from: number): CallRecord => ({
  f: 'transfer',
  value: { from: 'a', to: 'b', amount: 3 },
  from,
  to: from + 5,
  outcome: 'ok',
});
const read = (result: unknown, from: number): CallRecord => ({ f: 'read', from, to: from + 5, outcome: 'ok', result });
const golden = [read({ a: 10, b: 10 }, 1), transfer(10), read({ a: 7, b: 13 }, 20), read({ b: 13, a: 7 }, 30)];

describe('bank', () => {
  it('is valid when every read shows the same total', () => {
    expect(judge(...golden)).toMatchObject({ verdict: 'valid', examined: { reads: 3, transfers: 1, accounts: 2 } });
  });

  it('is violated by a read that saw half of a transfer, and names it', () => {
    const result = judge(...golden, read({ a: 7, b: 10 }, 40));
    expect(clausesOf(result)).toEqual(['wrong-total']);
    expect(result.summary).toContain('total of 17, others of 20');
    expect(result.evidence[0]?.operations).toEqual([8, 9]);
  });

  it('is violated by a balance below zero, by one that is missing, and by other accounts', () => {
    expect(clausesOf(judge(...golden, read({ a: -1, b: 21 }, 40)))).toEqual(['negative-balance']);
    expect(clausesOf(judge(...golden, read({ a: null, b: 20 }, 40)))).toEqual(['balance-missing']);
    expect(clausesOf(judge(...golden, read({ a: 20 }, 40)))).toEqual(['accounts-differ']);
    expect(clausesOf(judge(...golden, read({ a: 7, b: 13, c: 0 }, 40)))).toEqual(['accounts-differ']);
  });

  it('asks nothing of reads that failed or of which nobody knows', () => {
    expect(judge(...golden, { ...read({ a: 1 }, 40), outcome: 'fail' }, { ...read({ a: 1 }, 50), outcome: 'info' }).verdict).toBe('valid');
  });

  it('is unknown with too little to compare, and where money came in or went out', () => {
    expect(judge(...golden.slice(0, 2)).verdict).toBe('unknown');
    expect(judge(...golden.filter(({ f }) => f !== 'transfer')).verdict).toBe('unknown');
    expect(judge(...golden, { f: 'deposit', from: 35, outcome: 'ok' }, read({ a: 9, b: 13 }, 40)).verdict).toBe('unknown');
  });

  it('applies to transfers, not to registers', () => {
    expect(bank.applies?.(evidenceOf({ history: historyOf(golden) }))).toBe(true);
    expect(judge(...golden, read(null, 40)).verdict).toBe('valid');
    const register = [read({ a: 1 }, 1), read({ a: 2 }, 10)].map((call) => ({ ...call, key: 'x' }));
    expect(judge(...golden, ...register).verdict).toBe('valid');
    expect(bank.applies?.(evidenceOf({ history: historyOf([read({ a: 1 }, 1)]) }))).toBe(false);
  });
});
