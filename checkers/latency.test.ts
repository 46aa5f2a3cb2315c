import { describe, expect, it } from 'vitest';
import { composeVerdict } from './compose.ts';
import { checkLatency, latency } from './latency.ts';
import { type CallRecord, evidenceOf, historyOf, noLimits } from './test-support/evidence.ts';

const millisecond = 1e6;
const call = (from: number, took: number, more: Partial<CallRecord> = {}): CallRecord => ({
  f: 'read',
  from: from * millisecond,
  to: (from + took) * millisecond,
  outcome: 'ok',
  ...more,
});
const rowOf = (result: ReturnType<typeof checkLatency>, f: string, window: string) =>
  result.evidence.find(({ data }) => data?.['f'] === f && data['window'] === window)?.data;

describe('latency', () => {
  it('tells quantiles to three digits', () => {
    const history = historyOf(Array.from({ length: 1000 }, (_, at) => call(at * 10, at + 1)));
    const row = rowOf(checkLatency(evidenceOf({ history })), 'read', 'all');
    for (const [name, exact] of [
      ['p50Ms', 500],
      ['p90Ms', 900],
      ['p99Ms', 990],
      ['p999Ms', 999],
      ['maxMs', 1000],
    ] as const) {
      expect(Math.abs(Number(row?.[name]) - exact) / exact).toBeLessThan(0.002);
    }
  });

  it('counts from when the call was meant to begin, not from when it could', () => {
    const history = historyOf([call(100, 5)]).map((operation) =>
      operation.type === 'invoke' ? { ...operation, intended: 40 * millisecond } : operation,
    );
    expect(Number(rowOf(checkLatency(evidenceOf({ history })), 'read', 'all')?.['maxMs'])).toBe(65);
  });

  it('keeps functions and windows apart, by when a call was meant to begin', () => {
    const windows = [
      { name: 'clean-before' as const, from: 0, to: 100 * millisecond },
      { name: 'faults' as const, from: 100 * millisecond, to: 200 * millisecond },
    ];
    const result = checkLatency(
      evidenceOf({ windows, history: historyOf([call(10, 1), call(99, 50), call(150, 9), call(150, 7, { f: 'write' })]) }),
    );
    expect(rowOf(result, 'read', 'clean-before')).toMatchObject({ count: 2, maxMs: 50 });
    expect(rowOf(result, 'read', 'faults')).toMatchObject({ count: 1, maxMs: 9 });
    expect(rowOf(result, 'write', 'faults')).toMatchObject({ count: 1, maxMs: 7 });
    expect(rowOf(result, 'read', 'all')).toMatchObject({ count: 3 });
  });

  it('tells of unanswered calls beside the quantiles, and takes no refusal for an answer', () => {
    const { outcome: _, ...open } = call(30, 0);
    const result = checkLatency(
      evidenceOf({ history: historyOf([call(10, 5), call(20, 900, { outcome: 'info' }), call(25, 0.1, { outcome: 'fail' }), open]) }),
    );
    expect(rowOf(result, 'read', 'all')).toMatchObject({ count: 1, unanswered: 2, maxMs: 5 });
    expect(result.examined).toEqual({ ok: 1, unanswered: 2 });
  });

  it('neither spoils nor earns a verdict', async () => {
    const none = evidenceOf({ history: historyOf([call(1, 1, { outcome: 'fail' })]) });
    expect(checkLatency(none).verdict).toBe('unknown');
    expect((await composeVerdict(none, [latency], noLimits)).notExercised).toHaveProperty('latency');
    expect((await composeVerdict(evidenceOf({ history: historyOf([call(1, 1)]) }), [latency], noLimits)).verdict).toBe('unknown');
  });
});
