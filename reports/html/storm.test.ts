/** What the report makes of a retry storm: the figures in time, and the picture with and without a control. */
import { describe, expect, it } from 'vitest';
import { stormsOverTime } from '../aggregate/storm.ts';
import { stallFrom, stallTo, stormFacts, stormInput } from '../support/storm.ts';
import { reportPage } from './page.ts';

const second = 1e9;
const client = { script: '1', style: 'a{}' };
const [storm] = stormsOverTime(stormInput({ control: true }).evidence);
const rows = (storm?.table.from ?? []).map((from, bin) => ({
  from: Number(from),
  ...Object.fromEntries(Object.entries(storm?.table ?? {}).map(([name, column]) => [name, column[bin]])),
})) as readonly Readonly<Record<string, number>>[];
const rowAt = (seconds: number) => rows.find(({ from }) => from === seconds) ?? {};

describe('a retry storm in time', () => {
  it('tells first attempts, retries and goodput apart, second by second', () => {
    expect(rowAt(10)).toMatchObject({ first: 25, retries: 0, goodput: 25, amplification: 1 });
    const stalled = rowAt(stallFrom / second + 4);
    expect(stalled).toMatchObject({ first: 25, goodput: 0 });
    expect(stalled['retries']).toBeGreaterThanOrEqual(12);
    expect(stalled['amplification']).toBeCloseTo(1.5, 1);
  });

  it('counts the retries of the last τ beside what the budget allows for the first attempts of that time', () => {
    expect(rowAt(stallTo / second)['windowAllowed']).toBeCloseTo(0.2 * 250 + 50 + 1, 0);
    expect(rowAt(stallTo / second)['windowRetries']).toBeGreaterThan(90);
    expect(rowAt(50)).toMatchObject({ windowRetries: 0 });
  });

  it('lays the control over the run so that both stalls begin at once', () => {
    expect(rowAt(10)).toMatchObject({ controlCalls: 25, controlGoodput: 25 });
    expect(rowAt(stallFrom / second + 1)).toMatchObject({ controlGoodput: 0 });
    expect(rowAt(stallTo / second - 1)['controlAmplification']).toBeGreaterThan(5);
  });

  it('has nothing of a control where there was none, and nothing at all of a storm that does not say what it was', () => {
    const evidence = stormInput({ control: false }).evidence;
    const [alone] = stormsOverTime(evidence);
    expect(alone?.controlBug).toBeUndefined();
    expect(new Set(alone?.table.controlCalls)).toEqual(new Set([null]));
    expect(stormsOverTime({ ...evidence, faults: evidence.faults.map((fault) => ({ ...fault, facts: {} })) })).toEqual([]);
  });

  it('can be drawn where nobody measured a capacity', () => {
    const input = stormInput({ control: false });
    const { capacityPerSecond: _, offeredPerSecond: __, ...facts } = stormFacts;
    const page = reportPage(
      { ...input, evidence: { ...input.evidence, faults: input.evidence.faults.map((one) => ({ ...one, facts })) } },
      client,
    );
    expect(page).toContain('Everybody tried again');
    expect(page).not.toContain('capacity μ');
  });
});

describe('the proof of a retry storm', () => {
  it('shows load, budget and amplification, with the size of the storm in words', () => {
    const page = reportPage(stormInput({ control: false }), client);
    for (const chart of ['load', 'budget', 'amplification']) expect(page).toContain(`data-chart="chart-storm-1-${chart}"`);
    expect(page).not.toContain('chart-storm-1-contrast');
    expect(page).toContain('was measured to carry out');
  });

  it('shows the contrast with a control: both amplifications, and that goodput did not come back', () => {
    const page = reportPage(stormInput({ control: true }), client);
    expect(page).toContain('data-chart="chart-storm-1-contrast"');
    for (const words of ['1.21×', '3.40×', 'it did not', 'unbounded-retries']) expect(page).toContain(words);
  });
});
