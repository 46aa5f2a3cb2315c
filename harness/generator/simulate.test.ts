import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRecorder } from '../history/index.ts';
import { stagger } from './arrivals.ts';
import { mix } from './choice.ts';
import { Interpreter } from './interpreter.ts';
import { once } from './leaves.ts';
import { limit } from './limits.ts';
import { createRandom } from './random.ts';
import { repeat } from './sequence.ts';
import { simulate } from './simulate.ts';
import type { Generator } from './types.ts';

const reads = repeat(once({ f: 'read' }));

describe('the simulator', () => {
  test('makes histories that the recorder accepts: dense, ordered, one operation a process, no retired number again', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 6 }), (seed, concurrency) => {
        const random = createRandom(seed, 'outcomes');
        const choices = mix(createRandom(seed, 'mix'), [reads, repeat(once({ f: 'write', value: 1, key: 'k' }))]);
        const { history } = simulate({
          generator: limit(60, stagger(3, choices, createRandom(seed, 'arrivals'))),
          concurrency,
          complete: () => ({ latencyMs: random.exponential(8), type: random.pick(['ok', 'fail', 'info'] as const) }),
        });
        expect(history).toHaveLength(120);
        let time = 0;
        const recorder = createRecorder({ now: () => time });
        for (const { index, ...entry } of history) {
          time = entry.time;
          expect(recorder.append(entry).index).toBe(index);
        }
        for (const { type, time: at, intended } of history) if (type === 'invoke') expect(intended).toBeLessThanOrEqual(at);
      }),
      { numRuns: 100 },
    );
  });

  test('records completions before new invocations when both are due', () => {
    const { history } = simulate({ generator: limit(6, reads), concurrency: 2 });
    expect(history.map(({ type, process }) => `${type} ${process}`)).toEqual([
      'invoke 0',
      'invoke 1',
      'ok 0',
      'ok 1',
      'invoke 0',
      'invoke 1',
      'ok 0',
      'ok 1',
      'invoke 0',
      'invoke 1',
      'ok 0',
      'ok 1',
    ]);
  });

  test('simulates ten minutes of load in seconds', () => {
    const generator = limit(60_000, stagger(10, reads, createRandom(1, 'load')));
    const begun = performance.now();
    const { history } = simulate({ generator, concurrency: 20 });
    expect(history).toHaveLength(120_000);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

describe('the interpreter', () => {
  const interpret = (generator: Generator): Interpreter =>
    new Interpreter({ generator, concurrency: 1, withNemesis: false, onNote: () => {} });

  test('refuses an operation for a process that is not free', () => {
    const rogue: Generator = {
      op: () => ({ kind: 'invoke', invocation: { f: 'x', value: null, process: 9, time: 0 }, next: rogue }),
      update: () => rogue,
    };
    expect(() => interpret(rogue).next(0)).toThrow('process 9, which is not free');
  });

  test('refuses a generator that waits for a time that has passed', () => {
    const stuck: Generator = { op: () => ({ kind: 'pending', until: 5, waiting: 0, next: stuck }), update: () => stuck };
    expect(() => interpret(stuck).next(5)).toThrow('not after now');
  });

  test('gives nothing more after it was stopped', () => {
    const interpreter = interpret(reads);
    interpreter.stop();
    expect(interpreter.next(0)).toEqual({ kind: 'done' });
  });

  test('refuses a run without processes', () => {
    expect(() => new Interpreter({ generator: reads, concurrency: 0, withNemesis: false, onNote: () => {} })).toThrow('got 0');
  });
});
