import { describe, expect, test } from 'vitest';
import { NEMESIS, type Process } from '../history/index.ts';
import { any } from './choice.ts';
import { once, unfold } from './leaves.ts';
import { limit } from './limits.ts';
import { perKey } from './per-key.ts';
import { clients, eachProcess, nemesis, reserve } from './routing.ts';
import { concat, cycle, phases, repeat, untilOk } from './sequence.ts';
import { invocations, run } from './test-support.ts';
import type { Generator, GeneratorContext } from './types.ts';

const reads = repeat(once({ f: 'read' }));
const writes = repeat(once({ f: 'write' }));
const faults = repeat(once({ f: 'fault' }));

function processesOf(simulation: ReturnType<typeof run>, f: string): Process[] {
  return [...new Set(invocations(simulation.history).flatMap(([, process, name]) => (name === f ? [process] : [])))].sort();
}

describe('clients and nemesis', () => {
  test('each keep to their own', () => {
    const simulation = run(any(clients(reads), nemesis(faults)), { concurrency: 3, withNemesis: true, maxInvocations: 50 });
    expect(processesOf(simulation, 'read')).toEqual([0, 1, 2]);
    expect(processesOf(simulation, 'fault')).toEqual([NEMESIS]);
  });

  test('hear only their own events', () => {
    const heard: Process[] = [];
    const listener = (generator: Generator): Generator => ({
      op: (context: GeneratorContext) => {
        const result = generator.op(context);
        return result.kind === 'done' ? result : { ...result, next: listener(result.next) };
      },
      update: (context, event) => {
        heard.push(event.process);
        expect(context.processes).toEqual([NEMESIS]);
        return listener(generator.update(context, event));
      },
    });
    run(any(clients(limit(5, reads)), nemesis(listener(limit(2, faults)))), { withNemesis: true });
    expect(heard.length).toBeGreaterThan(2);
    expect(new Set(heard)).toEqual(new Set([NEMESIS]));
  });

  test('a generator that needs a process the run lacks is an error, not a hang', () => {
    expect(() => run(nemesis(faults))).toThrow('does it need a process that the run does not have?');
  });
});

describe('reserve', () => {
  test('gives each part its workers, and the rest what remains', () => {
    const simulation = run(
      reserve(
        [
          [2, writes],
          [1, repeat(once({ f: 'cas' }))],
        ],
        reads,
      ),
      { concurrency: 5, maxInvocations: 100 },
    );
    expect(processesOf(simulation, 'write')).toEqual([0, 1]);
    expect(processesOf(simulation, 'cas')).toEqual([2]);
    expect(processesOf(simulation, 'read')).toEqual([3, 4]);
  });

  test('keeps workers with their part when process numbers are retired', () => {
    const simulation = run(reserve([[1, writes]], reads), {
      concurrency: 3,
      maxInvocations: 60,
      complete: () => ({ latencyMs: 1, type: 'info' }),
    });
    const workers = (f: string) => [...new Set(processesOf(simulation, f).map((process) => Number(process) % 3))].sort();
    expect(workers('write')).toEqual([0]);
    expect(workers('read')).toEqual([1, 2]);
  });

  test('nests: the inner one divides what the outer one gave it', () => {
    const simulation = run(reserve([[1, faults]], reserve([[1, writes]], reads)), { concurrency: 3, maxInvocations: 60 });
    expect(processesOf(simulation, 'fault')).toEqual([0]);
    expect(processesOf(simulation, 'write')).toEqual([1]);
    expect(processesOf(simulation, 'read')).toEqual([2]);
  });

  test('lets one part go on while the other hangs', () => {
    const simulation = run(reserve([[1, writes]], limit(10, reads)), {
      concurrency: 2,
      maxInvocations: 11,
      complete: ({ f }) => ({ latencyMs: f === 'write' ? 100_000 : 1, type: 'ok' }),
    });
    expect(processesOf(simulation, 'read')).toEqual([1]);
    expect(invocations(simulation.history).filter(([, , f]) => f === 'read')).toHaveLength(10);
  });
});

describe('eachProcess', () => {
  test('gives every process the whole generator', () => {
    const simulation = run(eachProcess(concat(once({ f: 'write' }), once({ f: 'read' }))), { concurrency: 3 });
    for (const process of [0, 1, 2]) {
      expect(
        invocations(simulation.history)
          .filter(([, p]) => p === process)
          .map(([, , f]) => f),
      ).toEqual(['write', 'read']);
    }
  });

  test('each copy goes on by its own successes', () => {
    const simulation = run(eachProcess(untilOk(reads)), {
      concurrency: 2,
      complete: ({ process }, time) => ({ latencyMs: 1, type: process === 0 || time > 5e6 ? 'ok' : 'fail' }),
    });
    expect(simulation.history.filter(({ process, type }) => process === 0 && type === 'invoke')).toHaveLength(1);
    expect(simulation.history.filter(({ process, type }) => process === 1 && type === 'ok')).toHaveLength(1);
    expect(simulation.history.filter(({ process, type }) => process === 1 && type === 'fail').length).toBeGreaterThan(3);
  });

  test('the number after a retired one begins anew', () => {
    let infos = 0;
    const simulation = run(eachProcess(limit(2, reads)), {
      concurrency: 1,
      complete: () => ({ latencyMs: 1, type: infos++ === 0 ? 'info' : 'ok' }),
    });
    expect(invocations(simulation.history).map(([, process]) => process)).toEqual([0, 1, 1]);
  });
});

describe('perKey', () => {
  const three = (): Generator => limit(3, writes);

  test('works through all keys, each with its whole generator', () => {
    const simulation = run(perKey({ keys: ['a', 'b', 'c'], processesPerKey: 2, generator: three }), { concurrency: 4 });
    const keys = simulation.history.filter(({ type }) => type === 'invoke').map(({ key }) => key);
    expect(keys.sort()).toEqual(['a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'c']);
  });

  test('a key is worked on by one group of workers only, and by all of them', () => {
    const generator = (): Generator => limit(20, writes);
    const { history } = run(perKey({ keys: ['a', 'b'], processesPerKey: 2, generator }), { concurrency: 5 });
    const workers = (key: string) => [...new Set(history.filter((o) => o.key === key).map((o) => Number(o.process)))].sort();
    expect(workers('a')).toEqual([0, 2, 4]);
    expect(workers('b')).toEqual([1, 3]);
  });

  test('takes endless keys from a function', () => {
    const generator = (): Generator => limit(2, reads);
    const keys = (position: number): string => `k-${position}`;
    const { history } = run(perKey({ keys, processesPerKey: 1, generator }), { maxInvocations: 7 });
    expect(history.filter(({ type }) => type === 'invoke').map(({ key }) => key)).toEqual([
      'k-0',
      'k-0',
      'k-1',
      'k-1',
      'k-2',
      'k-2',
      'k-3',
    ]);
  });

  test('a late completion of the key before is not mistaken for one of this key', () => {
    const heard: [own: string, event: string | undefined][] = [];
    const generator = (own: string): Generator =>
      limit(
        2,
        unfold({
          state: own,
          draw: (state) => ({ template: { f: 'write' }, next: state }),
          learn: (state, { key }) => {
            heard.push([own, key]);
            return state;
          },
        }),
      );
    // Process 0 is slow with its only write of `a`; the group has gone on to `b` when it completes.
    run(perKey({ keys: ['a', 'b'], processesPerKey: 2, generator }), {
      concurrency: 2,
      complete: ({ key, process }) => ({ latencyMs: key === 'a' && process === 0 ? 3 : 2, type: 'ok' }),
    });
    expect(heard).toContainEqual(['b', 'b']);
    expect(heard.filter(([own, key]) => own !== key)).toEqual([]);
  });
});

describe('composition', () => {
  test('a whole test reads like its description', () => {
    const generator = phases(
      any(clients(limit(20, reads)), nemesis(limit(2, cycle(concat(once({ f: 'start' }), once({ f: 'stop' })))))),
      clients(eachProcess(once({ f: 'final-read' }))),
    );
    const { history } = run(generator, { concurrency: 2, withNemesis: true });
    const names = invocations(history).map(([, , f]) => f);
    expect(names.filter((f) => f === 'start' || f === 'stop')).toEqual(['start', 'stop']);
    expect(names.slice(-2)).toEqual(['final-read', 'final-read']);
    expect(names.filter((f) => f === 'read')).toHaveLength(20);
  });
});
