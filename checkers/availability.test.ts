import { describe, expect, it } from 'vitest';
import { availability, checkAvailability } from './availability.ts';
import { composeVerdict } from './compose.ts';
import { type CallRecord, evidenceOf, historyOf, noLimits } from './test-support/evidence.ts';

const second = 1e9;
const call = (from: number, more: Partial<CallRecord> = {}): CallRecord => ({
  f: 'read',
  from: from * second,
  to: (from + 0.01) * second,
  outcome: 'ok',
  ...more,
});
const judge = (calls: readonly CallRecord[], windows: Parameters<typeof evidenceOf>[0] = {}) =>
  checkAvailability(evidenceOf({ history: historyOf(calls), ...windows }));
const failing = (from: number, code: string) => call(from, { outcome: 'fail', code });

describe('availability', () => {
  it('takes a refusal that lies in the request for service, and one that lies in the pipeline for none', () => {
    const calls = [
      call(1),
      failing(2, 'insufficient-stock'),
      failing(3, 'overloaded'),
      failing(4, 'not-leader'),
      call(5, { outcome: 'info', code: 'timeout' }),
    ];
    expect(judge(calls).examined).toEqual({ invoked: 5, ok: 1, served: 2 });
  });

  it('tells the share of each window, by when calls were meant to begin', () => {
    const windows = [
      { name: 'clean-before' as const, from: 0, to: 10 * second },
      { name: 'faults' as const, from: 10 * second, to: 20 * second },
    ];
    const rows = judge([call(1), call(2), call(11), failing(12, 'unavailable')], { windows }).evidence.map(({ data }) => data);
    expect(rows[0]).toMatchObject({ window: 'clean-before', okShare: 1, invoked: 2 });
    expect(rows[1]).toMatchObject({ window: 'faults', okShare: 0.5, servedShare: 0.5, invoked: 2 });
  });

  it('finds the longest time in which calls came and none was served', () => {
    const calls = [call(1), call(2), failing(3, 'unavailable'), failing(4, 'unavailable'), call(6), call(7)];
    const outage = judge(calls).evidence.at(-1)?.data;
    expect(outage).toMatchObject({ fromNs: 3 * second, invoked: 3 });
    expect(outage?.['lengthMs']).toBeCloseTo(3010, 3);
  });

  it('takes no quiet time for an outage, and one that lasts to the end for one', () => {
    const quiet = judge([call(1), call(60), call(61)]).evidence.at(-1)?.data;
    expect(quiet?.['lengthMs']).toBeCloseTo(10, 3);
    const dark = judge([call(1), failing(2, 'unavailable'), failing(9, 'unavailable')]).evidence.at(-1)?.data;
    expect(dark?.['lengthMs']).toBeCloseTo(7000, 3);
  });

  it('neither spoils nor earns a verdict', async () => {
    const none = evidenceOf({ history: historyOf([failing(1, 'overloaded')]) });
    expect(checkAvailability(none).verdict).toBe('unknown');
    expect((await composeVerdict(none, [availability], noLimits)).notExercised).toHaveProperty('availability');
    expect((await composeVerdict(evidenceOf({ history: historyOf([call(1)]) }), [availability], noLimits)).verdict).toBe('unknown');
  });
});
