import { describe, expect, it } from 'vitest';
import type { FaultRecord, RunWindow, SignalSample } from '../../harness/history/index.ts';
import { composeVerdict } from '../compose.ts';
import { type CallRecord, evidenceOf, historyOf, noLimits } from '../test-support/evidence.ts';
import { checkSignals, signals } from './index.ts';

const second = 1e9;
const interval = 0.5;
/** Twenty seconds of nothing, then a fault from 20 s to 25 s, then the time after it. */
const windows: readonly RunWindow[] = [
  { name: 'clean-before', from: 0, to: 20 * second },
  { name: 'faults', from: 20 * second, to: 30 * second },
  { name: 'clean-after', from: 30 * second, to: 45 * second },
];
const fault = (from = 20, to = 25, id = 'pause-1'): FaultRecord => ({
  id,
  nemesis: 'pause',
  targets: ['order-1'],
  startedAt: from * second,
  healedAt: to * second,
  proofs: [],
  facts: {},
});

/** One sample every half second; `undefined` leaves it out. */
function line(name: string, valueAt: (at: number) => number | undefined, more: Partial<SignalSample> = {}): readonly SignalSample[] {
  const samples: SignalSample[] = [];
  for (let at = 0.25; at < 45; at += interval) {
    const value = valueAt(at);
    if (value !== undefined) samples.push({ time: at * second, node: 'order-1', name, value, ...more });
  }
  return samples;
}
/** Every node is scraped; the gap is a sample without a value. */
function upWithGap(from: number, to: number): readonly SignalSample[] {
  return line('up', () => 1).map((sample) => {
    const { value: _, ...gap } = sample;
    return sample.time >= from * second && sample.time < to * second ? gap : sample;
  });
}
const up = line('up', () => 1);
/** Wobbles by one around ten, with a deviation of about 0.8. */
const calm = (at: number): number => 9 + (Math.floor(at / interval) % 3);
const during = (from: number, to: number, value: number) => (at: number) => (at >= from && at < to ? value : calm(at));

interface Run {
  readonly samples: readonly (readonly SignalSample[])[];
  readonly faults?: readonly FaultRecord[];
  readonly calls?: readonly CallRecord[];
}
const evidence = ({ samples, faults = [fault()], calls = [] }: Run) =>
  evidenceOf({ windows, faults, signals: samples.flat(), nemeses: ['pause'], history: historyOf(calls) });
const judge = (run: Run) => checkSignals(evidence(run));
const storyOf = (run: Run, at = 0) =>
  judge(run).evidence[at]?.data as {
    first: string[];
    firstMs: number | null;
    customerMs: number | null;
    leadMs: number | null;
    detectedMs: Record<string, number | null>;
  };
const tableOf = (run: Run) =>
  judge(run).evidence.at(-1)?.data?.['signals'] as {
    signal: string;
    cleanAlarms: number;
    detected: number;
    missed: number;
    first: number;
    threshold: number;
  }[];

describe('signals, when an alarm is raised', () => {
  it('is at the second reading running that is beyond the mean by more than four deviations', () => {
    expect(storyOf({ samples: [up, line('lag', during(21, 24, 20))] })).toMatchObject({
      first: ['lag'],
      firstMs: 1750,
      detectedMs: { lag: 1750 },
    });
    expect(storyOf({ samples: [up, line('lag', during(21, 21.5, 20))] }).detectedMs['lag']).toBeNull();
    expect(storyOf({ samples: [up, line('lag', during(21, 24, 13))] }).detectedMs['lag']).toBeNull();
    const [row] = tableOf({ samples: [line('lag', calm)] });
    expect(row?.threshold).toBeCloseTo(10 + 4 * Math.sqrt(2 / 3), 1);
  });

  it('is at the first increment of a counter that stood still before', () => {
    const counter = line('fence_rejected_total', (at) => (at < 22 ? 0 : 3));
    expect(storyOf({ samples: [up, counter] }).detectedMs['fence_rejected_total']).toBe(2250);
  });

  it('is at the first appearance of a counter that is exported once it has counted, and not at the first scrape of all', () => {
    const late = line('retries_total', (at) => (at < 22 ? undefined : 3));
    expect(storyOf({ samples: [up, late] }).detectedMs['retries_total']).toBe(2250);
    const old = line('retries_total', () => 300);
    expect(storyOf({ samples: [up, old] }).detectedMs['retries_total']).toBeNull();
  });

  it('is by increments of a counter that always counts, so that it is not alarming to have counted much', () => {
    const steady = (at: number): number => 100 * at + 10 * ((at / interval) % 2);
    expect(storyOf({ samples: [up, line('requests_total', steady)] }).detectedMs['requests_total']).toBeNull();
    const burst = (at: number): number => steady(at) + Math.max(0, Math.min(at, 24) - 21) * 1000;
    expect(storyOf({ samples: [up, line('requests_total', burst)] }).detectedMs['requests_total']).toBe(1750);
  });

  it('is at the first scrape that a node did not answer', () => {
    expect(storyOf({ samples: [upWithGap(20.6, 24)] })).toMatchObject({ first: ['up'], firstMs: 750 });
  });

  it('counts a counter that starts again from zero, not as a fall', () => {
    const restarted = line('retries_total', (at) => (at < 22 ? 7 : at < 24 ? 0 : 2));
    expect(storyOf({ samples: [up, restarted] }).detectedMs['retries_total']).toBe(4250);
  });

  it('is for too little of what can be scarce', () => {
    const budget = (value: number) =>
      storyOf({ samples: [up, line('retry_budget_available', during(21, 24, value))] }).detectedMs['retry_budget_available'];
    expect(budget(0)).toBe(1750);
    expect(budget(20)).toBeNull();
  });

  it('is for a token that rises, whatever it was', () => {
    const token = line('leader_token', (at) => (at < 23 ? 4 : 5));
    expect(storyOf({ samples: [up, token] }).detectedMs['leader_token']).toBe(3250);
  });

  it('reads the 99th percentile of what a histogram observed since the scrape before', () => {
    const bucket = (le: string, share: (at: number) => number) => {
      let count = 0;
      return line('quorum_write_seconds_bucket', (at) => (count += 100 * share(at)), { labels: { le } });
    };
    const slow = (at: number): boolean => at >= 21 && at < 24;
    const samples = [
      up,
      bucket('0.1', (at) => (slow(at) ? 0.5 : 1)),
      bucket('1', (at) => (slow(at) ? 0.9 : 1)),
      bucket('5', () => 1),
      bucket('+Inf', () => 1),
    ];
    expect(storyOf({ samples }).detectedMs['quorum_write_seconds p99']).toBe(1750);
    const quick = [up, bucket('0.1', () => 1), bucket('+Inf', () => 1)];
    expect(storyOf({ samples: quick }).detectedMs['quorum_write_seconds p99']).toBeNull();
  });

  it('takes the worst of all nodes, and the sum of what their counters went up by', () => {
    const other = { node: 'order-2' };
    expect(storyOf({ samples: [up, line('lag', calm), line('lag', during(21, 24, 20), other)] }).detectedMs['lag']).toBe(1750);
    const slowly = (at: number): number => Math.floor(at / 5);
    expect(
      storyOf({ samples: [up, line('retries_total', () => 0), line('retries_total', slowly, other)] }).detectedMs['retries_total'],
    ).toBeNull();
  });
});

describe('signals, which is first', () => {
  const lag = line('lag', during(21, 24, 20));

  it('is the earliest, and a tie when the next is within a sampling interval', () => {
    expect(storyOf({ samples: [up, lag, line('age', during(22, 24, 20))] }).first).toEqual(['lag']);
    expect(storyOf({ samples: [up, lag, line('age', during(21, 24, 20), { node: 'order-2' })] }).first.sort()).toEqual(['age', 'lag']);
    expect(storyOf({ samples: [up, lag, line('age', during(21.5, 24, 20))] }).first).toEqual(['lag']);
  });

  it('is none that raised an alarm while nothing was wrong, however early', () => {
    const nervous = line('nervous', (at) => ((at > 20 && at < 24) || (at > 40 && at < 42) ? 20 : calm(at)));
    const run = { samples: [up, nervous, lag] };
    expect(storyOf(run)).toMatchObject({ first: ['lag'], detectedMs: { nervous: 750, lag: 1750 } });
    expect(tableOf(run).find(({ signal }) => signal === 'nervous')).toMatchObject({ cleanAlarms: 1, detected: 1, first: 0 });
    expect(judge(run).evidence.at(-1)?.summary).toContain('nervous');
  });

  it('takes no credit for an alarm that was raised before the fault or only after its time', () => {
    expect(storyOf({ samples: [up, line('lag', during(19, 24, 20))] }).detectedMs['lag']).toBeNull();
    expect(storyOf({ samples: [up, line('lag', during(29.9, 31, 20))] }).detectedMs['lag']).toBeNull();
    const two = [fault(20, 21, 'pause-1'), fault(24, 25, 'pause-2')];
    const run = { samples: [up, line('lag', during(25, 27, 20))], faults: two };
    expect(storyOf(run, 0).detectedMs['lag']).toBeNull();
    expect(storyOf(run, 1).detectedMs['lag']).toBe(1750);
    expect(judge(run)).toMatchObject({ examined: { faults: 2, caught: 1, missed: 1 } });
  });
});

describe('signals, and the customer', () => {
  const call = (from: number, took: number, more: Partial<CallRecord> = {}): CallRecord => ({
    f: 'place-order',
    from: from * second,
    to: (from + took) * second,
    outcome: 'ok',
    ...more,
  });
  const calm = [call(2, 0.1), call(5, 0.2)];
  const lag = line('lag', during(21, 24, 20));
  const noticed = (...calls: readonly CallRecord[]) => storyOf({ samples: [up, lag], calls: [...calm, ...calls] }).customerMs;

  it('notices a call that takes longer than any of its kind did before, at the moment it does', () => {
    expect(noticed(call(22, 5))).toBeCloseTo(2200, 3);
    expect(noticed(call(22, 0.15))).toBeNull();
    expect(noticed(call(22, 5, { f: 'read-order' }))).toBeNull();
    const { outcome: _, to: __, ...open } = call(22, 0);
    expect(noticed(open)).toBeCloseTo(2200, 3);
  });

  it('notices a refusal for want of the service, not one that lies in the request', () => {
    expect(noticed(call(22, 0.1, { outcome: 'fail', code: 'overloaded' }))).toBeCloseTo(2100, 3);
    expect(noticed(call(22, 0.1, { outcome: 'fail', code: 'insufficient-stock' }))).toBeNull();
    expect(noticed(call(22, 0.1, { outcome: 'info', code: 'timeout' }))).toBeCloseTo(2100, 3);
  });

  it('is told how long before, in a sentence', () => {
    const run = { samples: [up, lag], calls: [...calm, call(24, 5)] };
    expect(storyOf(run).leadMs).toBeCloseTo(4200 - 1750, 3);
    expect(judge(run).summary).toContain(
      'pause-1 would have been caught first by lag, 1.75 s after it began; a customer would have noticed after 4.20 s, 2.45 s later.',
    );
    expect(judge({ samples: [up, lag], calls: [...calm, call(20.5, 5)] }).summary).toContain('1.05 s earlier');
    expect(judge({ samples: [up, lag], calls: calm }).summary).toContain('no customer noticed');
    expect(judge({ samples: [up] }).summary).toContain('caught by no signal that is free of false alarms');
  });
});

describe('signals, among other checkers', () => {
  it('is unknown without samples or without a clean window, and never invalid', () => {
    expect(judge({ samples: [] }).verdict).toBe('unknown');
    expect(checkSignals({ ...evidence({ samples: [up] }), windows: [] }).verdict).toBe('unknown');
    expect(judge({ samples: [up], faults: [] }).verdict).toBe('unknown');
    expect(judge({ samples: [upWithGap(0, 45)] }).verdict).toBe('valid');
  });

  it('applies where there are faults and something to compare with, and earns no verdict', async () => {
    expect(signals.applies?.(evidence({ samples: [up] }))).toBe(true);
    expect(signals.applies?.(evidence({ samples: [up], faults: [] }))).toBe(false);
    expect(signals.applies?.(evidence({ samples: [] }))).toBe(false);
    expect((await composeVerdict(evidence({ samples: [up] }), [signals], noLimits)).verdict).toBe('unknown');
  });
});
