import { describe, expect, test } from 'vitest';
import { delay } from './arrivals.ts';
import { generate, once } from './leaves.ts';
import { filter, limit, map, timeLimit } from './limits.ts';
import { createRandom } from './random.ts';
import { concat, repeat } from './sequence.ts';
import { functions, invocations, run } from './test-support.ts';

const reads = repeat(once({ f: 'read' }));
const numbers = generate(createRandom(1, 'numbers'), (random) => ({ f: 'write', value: random.int(0, 99) }));

describe('limit', () => {
  test('gives so many operations and no more', () => {
    expect(functions(run(limit(3, reads)))).toHaveLength(3);
    expect(functions(run(limit(0, reads)))).toHaveLength(0);
    expect(functions(run(limit(-1, reads)))).toHaveLength(0);
    expect(functions(run(limit(5, limit(2, reads))))).toHaveLength(2);
  });

  test('is not used up by waiting for a free process', () => {
    const { history } = run(limit(3, reads), { complete: () => ({ latencyMs: 1000, type: 'ok' }) });
    expect(invocations(history)).toHaveLength(3);
  });
});

describe('timeLimit', () => {
  test('ends after its duration, counted from when it is first asked', () => {
    const { history } = run(concat(limit(1, reads), timeLimit(35, repeat(once({ f: 'write' })))));
    expect(invocations(history)).toEqual([
      [0, 0, 'read'],
      [10, 0, 'write'],
      [20, 0, 'write'],
      [30, 0, 'write'],
    ]);
  });

  test('ends on time though every process hangs', () => {
    const simulation = run(concat(timeLimit(20, reads), once({ f: 'last', process: 1 })), {
      concurrency: 2,
      complete: ({ process }) => ({ latencyMs: process === 0 ? 10_000 : 25, type: 'ok' }),
    });
    expect(invocations(simulation.history).at(-1)).toEqual([25, 1, 'last']);
  });

  test('notes the arrivals that were still waiting: load that was wanted must not vanish', () => {
    const simulation = run(timeLimit(100, delay(10, reads)), { complete: () => ({ latencyMs: 10_000, type: 'ok' }) });
    // Ten arrivals from 0 to 90 ms, of which one found a process.
    expect(invocations(simulation.history)).toHaveLength(1);
    expect(simulation.missed).toBe(9);
  });

  test('counts arrivals beyond the backlog and arrivals in it once each', () => {
    const simulation = run(timeLimit(100, delay(10, reads, { backlogLimit: 4 })), {
      complete: () => ({ latencyMs: 10_000, type: 'ok' }),
    });
    expect(invocations(simulation.history)).toHaveLength(1);
    expect(simulation.missed).toBe(9);
  });
});

describe('map and filter', () => {
  test('map changes what is asked for, not who does it or when', () => {
    const upper = map(({ f, value }) => ({ f: f.toUpperCase(), value, key: 'k' }), limit(1, numbers));
    const plain = run(limit(1, numbers)).history[0];
    expect(run(upper).history[0]).toEqual({ ...plain, f: 'WRITE', key: 'k' });
  });

  test('filter lets only some operations pass', () => {
    const even = ({ value }: { value: unknown }): boolean => Number(value) % 2 === 0;
    const { history } = run(limit(50, filter(even, numbers)));
    expect(history).toHaveLength(100);
    expect(history.every(even)).toBe(true);
    expect(run(limit(50, numbers)).history.every(even)).toBe(false);
  });
});

describe('generate', () => {
  test('draws the same values whatever the latencies', () => {
    const values = (latencyMs: number): unknown[] =>
      run(limit(100, numbers), { concurrency: 3, complete: () => ({ latencyMs, type: 'ok' }) })
        .history.filter(({ type }) => type === 'invoke')
        .map(({ value }) => value);
    expect(new Set(values(1)).size).toBeGreaterThan(40);
    expect(values(1)).toEqual(values(333));
  });
});
