import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { delay, stagger } from './arrivals.ts';
import { any, mix } from './choice.ts';
import { log, once, sleep } from './leaves.ts';
import { limit } from './limits.ts';
import { createRandom } from './random.ts';
import { concat, repeat } from './sequence.ts';
import { functions, invocations, run } from './test-support.ts';

const reads = repeat(once({ f: 'read' }));
const writes = repeat(once({ f: 'write' }));
const random = createRandom(1, 'mix');

const count = (names: readonly string[], name: string): number => names.filter((f) => f === name).length;

describe('mix', () => {
  test('draws evenly, or by weight', () => {
    const even = functions(run(mix(random, [reads, writes]), { maxInvocations: 4000 }));
    expect(Math.abs(count(even, 'read') - 2000)).toBeLessThan(150);
    const weighted = [
      { weight: 9, generator: reads },
      { weight: 1, generator: writes },
    ];
    const skewed = functions(run(mix(random, weighted), { maxInvocations: 4000 }));
    expect(Math.abs(count(skewed, 'write') - 400)).toBeLessThan(80);
  });

  test('goes on with the others when one is exhausted, and ends with the last', () => {
    const names = functions(run(mix(random, [limit(3, reads), limit(5, writes)])));
    expect([count(names, 'read'), count(names, 'write')]).toEqual([3, 5]);
    expect(functions(run(mix(random, [])))).toEqual([]);
  });

  test('makes the same choices whatever the latencies', () => {
    const names = (latencyMs: number): string[] =>
      functions(run(mix(random, [reads, writes]), { concurrency: 4, maxInvocations: 200, complete: () => ({ latencyMs, type: 'ok' }) }));
    expect(names(1)).toEqual(names(77));
  });

  test('refuses weights that are no weights', () => {
    expect(() => mix(random, [{ weight: -1, generator: reads }])).toThrow('got -1');
    expect(() => mix(random, [{ weight: Number.NaN, generator: reads }])).toThrow('got NaN');
  });
});

describe('any', () => {
  test('takes whichever the schedule wanted earliest', () => {
    const { history } = run(any(limit(2, delay(30, reads)), limit(4, delay(20, writes))), { concurrency: 4 });
    expect(invocations(history).map(([timeMs, , f]) => [timeMs, f])).toEqual([
      [0, 'read'],
      [0, 'write'],
      [20, 'write'],
      [30, 'read'],
      [40, 'write'],
      [60, 'write'],
    ]);
  });

  test('starves none of those that are always ready', () => {
    const names = functions(run(any(reads, writes, repeat(once({ f: 'cas' }))), { maxInvocations: 300 }));
    expect(['read', 'write', 'cas'].map((f) => count(names, f))).toEqual([100, 100, 100]);
  });

  test('lets the others go on while one sleeps, and passes messages on at once', () => {
    const { history, notes } = run(any(concat(sleep(25), log('awake'), limit(1, writes)), limit(4, reads)));
    expect(notes.map(({ time }) => time)).toEqual([25_000_000]);
    expect(invocations(history).map(([timeMs, , f]) => [timeMs, f])).toEqual([
      [0, 'read'],
      [10, 'read'],
      [20, 'read'],
      [30, 'write'],
      [40, 'read'],
    ]);
  });

  test('of independent schedules gives each exactly the arrivals it has alone', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (seed, readMs, writeMs) => {
        const one = (f: string, ms: number) => limit(50, stagger(ms, repeat(once({ f })), createRandom(seed, f)));
        const intended = (generator: Parameters<typeof run>[0], f: string) =>
          run(generator, { concurrency: 2, complete: (_, time) => ({ latencyMs: (time / 1e6) % 17, type: 'ok' }) })
            .history.filter((operation) => operation.type === 'invoke' && operation.f === f)
            .map((operation) => operation.intended);
        const together = any(one('read', readMs), one('write', writeMs));
        expect(intended(together, 'read')).toEqual(intended(one('read', readMs), 'read'));
        expect(intended(together, 'write')).toEqual(intended(one('write', writeMs), 'write'));
      }),
      { numRuns: 50 },
    );
  });
});
