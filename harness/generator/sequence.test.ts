import { describe, expect, test } from 'vitest';
import { any } from './choice.ts';
import { log, once, sleep } from './leaves.ts';
import { limit } from './limits.ts';
import { clients } from './routing.ts';
import { andThen, concat, cycle, flipFlop, phases, repeat, synchronize, untilOk } from './sequence.ts';
import { functions, invocations, run } from './test-support.ts';
import { nothing } from './types.ts';

const read = once({ f: 'read' });
const write = once({ f: 'write', value: 1 });

describe('once', () => {
  test('gives one operation to the process that has been idle longest', () => {
    const { history } = run(concat(read, read, read, sleep(100), read), { concurrency: 3 });
    expect(invocations(history)).toEqual([
      [0, 0, 'read'],
      [0, 1, 'read'],
      [0, 2, 'read'],
      [100, 0, 'read'],
    ]);
  });

  test('waits for the process it names', () => {
    const { history } = run(concat(once({ f: 'read', process: 1 }), once({ f: 'write', process: 1 })), { concurrency: 2 });
    expect(invocations(history)).toEqual([
      [0, 1, 'read'],
      [10, 1, 'write'],
    ]);
  });
});

describe('concat', () => {
  test('runs one after another without waiting for completions', () => {
    expect(invocations(run(concat(read, write), { concurrency: 2 }).history)).toEqual([
      [0, 0, 'read'],
      [0, 1, 'write'],
    ]);
  });

  test('of nothing is nothing, and passes over exhausted parts', () => {
    expect(run(concat()).history).toEqual([]);
    expect(functions(run(concat(nothing, read, nothing, nothing, write)))).toEqual(['read', 'write']);
  });
});

describe('phases, andThen and synchronize', () => {
  test('a phase begins only when every operation before it has completed', () => {
    const { history } = run(phases(repeat(read, 3), repeat(write, 2)), {
      concurrency: 3,
      complete: ({ process }) => ({ latencyMs: 10 * (Number(process) + 1), type: 'ok' }),
    });
    expect(invocations(history)).toEqual([
      [0, 0, 'read'],
      [0, 1, 'read'],
      [0, 2, 'read'],
      [30, 0, 'write'],
      [30, 1, 'write'],
    ]);
  });

  test("andThen waits for the first, but doesn't hold the first back", () => {
    expect(invocations(run(andThen(repeat(read, 2), write), { concurrency: 2 }).history)).toEqual([
      [0, 0, 'read'],
      [0, 1, 'read'],
      [10, 0, 'write'],
    ]);
  });

  test('an operation whose outcome is unknown does not hold up the next phase for ever', () => {
    const { history } = run(phases(read, write), { complete: () => ({ latencyMs: 5, type: 'info' }) });
    expect(invocations(history)).toEqual([
      [0, 0, 'read'],
      [5, 1, 'write'],
    ]);
  });

  test('synchronize looks only at the processes it may use', () => {
    const slowNemesis = any(once({ f: 'fault', process: 'nemesis' }), clients(concat(sleep(1), synchronize(read))));
    const { history } = run(slowNemesis, {
      withNemesis: true,
      complete: ({ f }) => ({ latencyMs: f === 'fault' ? 1000 : 1, type: 'ok' }),
    });
    expect(invocations(history)).toEqual([
      [0, 'nemesis', 'fault'],
      [1, 0, 'read'],
    ]);
  });
});

describe('repeat and cycle', () => {
  test('repeat gives the same operation again and again, as often as told', () => {
    expect(functions(run(repeat(concat(read, write), 3)))).toEqual(['read', 'read', 'read']);
    expect(functions(run(repeat(read), { maxInvocations: 1000 }))).toHaveLength(1000);
    expect(functions(run(repeat(read, 0)))).toEqual([]);
  });

  test('cycle goes through the whole generator again', () => {
    expect(functions(run(cycle(concat(read, write), 2)))).toEqual(['read', 'write', 'read', 'write']);
    expect(functions(run(cycle(concat(read, write)), { maxInvocations: 5 }))).toHaveLength(5);
  });

  test('cycle of nothing ends instead of going round for ever', () => {
    expect(run(cycle(nothing)).history).toEqual([]);
    expect(run(cycle(limit(0, read))).history).toEqual([]);
  });

  test('a pause in a cycle starts anew in each round', () => {
    expect(invocations(run(cycle(concat(sleep(100), read), 3)).history).map(([timeMs]) => timeMs)).toEqual([100, 200, 300]);
  });
});

describe('flipFlop', () => {
  test('alternates and ends with whichever ends first', () => {
    expect(functions(run(flipFlop(repeat(read), repeat(write, 2))))).toEqual(['read', 'write', 'read', 'write', 'read']);
  });
});

describe('untilOk', () => {
  test('goes on until one of its operations succeeded', () => {
    let attempts = 0;
    const simulation = run(untilOk(repeat(read)), {
      complete: () => ({ latencyMs: 1, type: ++attempts < 4 ? (attempts % 2 === 0 ? 'fail' : 'info') : 'ok' }),
    });
    expect(simulation.history.filter(({ type }) => type !== 'invoke').map(({ type }) => type)).toEqual(['info', 'fail', 'info', 'ok']);
  });

  test('is not satisfied by the success of somebody else', () => {
    const simulation = run(any(untilOk(repeat(read)), repeat(write, 20)), {
      concurrency: 2,
      complete: ({ f }, time) => ({ latencyMs: 1, type: f === 'write' || time >= 15_000_000 ? 'ok' : 'fail' }),
    });
    const reads = simulation.history.filter(({ f, type }) => f === 'read' && type !== 'invoke');
    expect(reads.filter(({ type }) => type === 'ok')).toHaveLength(1);
    expect(reads.length).toBeGreaterThan(10);
  });
});

describe('sleep and log', () => {
  test('a pause holds no process and counts from when it is first asked', () => {
    const { history } = run(concat(read, sleep(50), write), { concurrency: 2 });
    expect(invocations(history)).toEqual([
      [0, 0, 'read'],
      [50, 1, 'write'],
    ]);
  });

  test('a message comes at its place, needs no process and counts for no limit', () => {
    const { notes, history } = run(limit(2, concat(sleep(20), log('half way'), repeat(read))));
    expect(notes).toEqual([{ time: 20_000_000, note: { type: 'log', message: 'half way' } }]);
    expect(invocations(history)).toHaveLength(2);
  });
});
