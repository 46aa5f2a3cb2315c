import { describe, expect, test } from 'vitest';
import { delay, stagger } from './arrivals.ts';
import { once } from './leaves.ts';
import { limit, timeLimit } from './limits.ts';
import { createRandom } from './random.ts';
import { repeat } from './sequence.ts';
import { invocations, run } from './test-support.ts';
import { nsPerMs } from './types.ts';

const reads = repeat(once({ f: 'read' }));
const random = createRandom(1, 'arrivals');

const intendedMs = (simulation: ReturnType<typeof run>): number[] =>
  simulation.history.filter(({ type }) => type === 'invoke').map(({ intended }) => (intended ?? Number.NaN) / nsPerMs);

describe('paced arrivals', () => {
  test('are exactly so far apart', () => {
    const { history } = run(limit(4, delay(25, reads)));
    expect(invocations(history).map(([timeMs]) => timeMs)).toEqual([0, 25, 50, 75]);
  });

  test('do not drift when the interval is no whole number of nanoseconds', () => {
    const simulation = run(limit(3001, delay(1000 / 300, reads)), { concurrency: 10 });
    expect(intendedMs(simulation).at(-1)).toBeCloseTo(10_000, 3);
  });
});

describe('Poisson arrivals', () => {
  const arrivals = intendedMs(run(limit(20_000, stagger(5, reads, random)), { concurrency: 100 }));
  const gaps = arrivals.map((at, n) => at - (arrivals[n - 1] ?? 0));

  test('have the mean gap asked for, the first included', () => {
    expect(gaps.reduce((a, b) => a + b) / gaps.length / 5).toBeCloseTo(1, 1);
    expect(gaps[0]).toBeGreaterThan(0);
  });

  test('are memoryless: e⁻¹ of the gaps exceed the mean, e⁻² exceed twice the mean', () => {
    expect(gaps.filter((gap) => gap > 5).length / gaps.length).toBeCloseTo(Math.exp(-1), 1.5);
    expect(gaps.filter((gap) => gap > 10).length / gaps.length).toBeCloseTo(Math.exp(-2), 1.5);
  });
});

describe('an open loop', () => {
  test('has the same arrivals whatever the latencies are', () => {
    const at = (latencyMs: number): number[] =>
      intendedMs(run(limit(300, stagger(5, reads, random)), { concurrency: 3, complete: () => ({ latencyMs, type: 'ok' }) }));
    expect(at(1)).toEqual(at(40));
    expect(at(1)).toEqual(at(0));
  });

  test('keeps the intended time of arrivals that wait, so that a stall shows in every latency', () => {
    // One process; the first call hangs for 100 ms, the others take 1 ms.
    const simulation = run(limit(12, delay(10, reads)), {
      complete: (_, time) => ({ latencyMs: time === 0 ? 100 : 1, type: 'ok' }),
    });
    const oks = simulation.history.filter(({ type }) => type === 'ok').map(({ time }) => time / nsPerMs);
    const latencies = intendedMs(simulation).map((intended, n) => (oks[n] ?? Number.NaN) - intended);
    expect(latencies).toEqual([100, 91, 82, 73, 64, 55, 46, 37, 28, 19, 10, 1]);
    expect(simulation.maxWaiting).toBe(9);
  });

  test('notes arrivals beyond the backlog as missed and drops the newest', () => {
    const simulation = run(timeLimit(200, delay(10, reads, { backlogLimit: 3 })), {
      complete: (_, time) => ({ latencyMs: time === 0 ? 105 : 1, type: 'ok' }),
    });
    expect(intendedMs(simulation)).toEqual([0, 10, 20, 30, 110, 120, 130, 140, 150, 160, 170, 180, 190]);
    expect(simulation.missed).toBe(7);
  });

  test('every arrival is invoked or missed, never both, never neither', () => {
    for (const backlogLimit of [1, 2, 7, 50]) {
      for (const latencyMs of [1, 10, 33, 500]) {
        const simulation = run(timeLimit(995, delay(10, reads, { backlogLimit })), {
          concurrency: 2,
          complete: () => ({ latencyMs, type: 'ok' }),
        });
        expect(invocations(simulation.history).length + simulation.missed).toBe(100);
      }
    }
  });

  test('refuses intervals and backlogs that make no sense', () => {
    expect(() => delay(0, reads)).toThrow('above 0 ms');
    expect(() => stagger(Number.NaN, reads, random)).toThrow('above 0 ms');
    expect(() => delay(1, reads, { backlogLimit: 0 })).toThrow('backlogLimit');
  });
});
