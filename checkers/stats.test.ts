import { describe, expect, it } from 'vitest';
import { checkStats } from './stats.ts';
import { evidenceOf, historyOf } from './test-support/evidence.ts';

const statsOf = (...calls: Parameters<typeof historyOf>[0]) => checkStats(evidenceOf({ history: historyOf(calls) }));

describe('stats', () => {
  it('counts how the operations of each function ended, with the errors of those that did not succeed', () => {
    const result = statsOf(
      { f: 'read', from: 1, outcome: 'ok' },
      { f: 'read', from: 2, outcome: 'fail', code: 'not-found' },
      { f: 'write', from: 3, outcome: 'info', code: 'timeout' },
      { f: 'write', from: 4, outcome: 'info', code: 'timeout' },
      { f: 'write', from: 5 },
    );
    expect(result).toMatchObject({ verdict: 'valid', examined: { operations: 5, ok: 1, fail: 1, info: 2, open: 1 } });
    expect(result.evidence.map(({ data }) => data)).toEqual([
      { f: 'read', ok: 1, fail: 1, info: 0, open: 0, okShare: 0.5, errors: { 'not-found': 1 } },
      { f: 'write', ok: 0, fail: 0, info: 2, open: 1, okShare: 0, errors: { timeout: 2 } },
    ]);
    expect(result.summary).toContain('none of write succeeded');
  });

  it('is unknown when nothing succeeded or nothing was invoked, and never invalid', () => {
    expect(statsOf({ f: 'read', from: 1, outcome: 'fail', code: 'overloaded' }).verdict).toBe('unknown');
    expect(statsOf({ f: 'read', from: 1 }).verdict).toBe('unknown');
    expect(statsOf().verdict).toBe('unknown');
  });
});
