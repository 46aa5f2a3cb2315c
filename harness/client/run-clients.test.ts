import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  any,
  clients,
  concat,
  createRandom,
  delay,
  type Generator,
  generate,
  limit,
  log,
  nemesis,
  once,
  phases,
  repeat,
  sleep,
  stagger,
  timeLimit,
} from '../generator/index.ts';
import { createRecorder, type Operation } from '../history/index.ts';
import { type RunClientsOptions, runClients } from './run-clients.ts';
import { abortGraceMs } from './settle.ts';
import type { ClientStats } from './stats.ts';
import type { Outcome, WorkloadClient } from './types.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const writes = repeat(once({ f: 'write', value: 1, key: 'k' }));
const ok: Outcome = { type: 'ok', value: 'done', node: 'order-1' };

const never = Number.POSITIVE_INFINITY;

/** Answers after so many virtual milliseconds; deaf to its signal. */
function answering(latencyMs: number | ((call: number) => number), outcome: Outcome | ((call: number) => Outcome) = ok): WorkloadClient {
  let calls = 0;
  return {
    pureFunctions: ['read'],
    invoke: () => {
      const call = calls++;
      const afterMs = typeof latencyMs === 'function' ? latencyMs(call) : latencyMs;
      const answer = typeof outcome === 'function' ? outcome(call) : outcome;
      return new Promise((resolve) => {
        if (afterMs !== never) setTimeout(() => resolve(answer), afterMs);
      });
    },
    close: async () => {},
  };
}

interface Finished {
  readonly history: readonly Operation[];
  readonly stats: ClientStats;
}

interface Started {
  readonly finished: Promise<Finished>;
  readonly history: readonly Operation[];
  readonly stop: () => void;
}

function start(generator: Generator, client: WorkloadClient, options: Partial<RunClientsOptions> = {}): Started {
  const began = performance.now();
  const now = (): number => Math.round((performance.now() - began) * 1e6);
  const recorder = createRecorder({ now });
  const controller = new AbortController();
  const stats = runClients({
    generator,
    client,
    recorder,
    now,
    concurrency: 1,
    opDeadlineMs: 1000,
    signal: controller.signal,
    ...options,
  });
  const finished = stats.then((total) => ({ history: recorder.operations, stats: total }));
  finished.catch(() => undefined);
  return { finished, history: recorder.operations, stop: () => controller.abort() };
}

async function run(...parameters: Parameters<typeof start>): Promise<Finished> {
  return settle(start(...parameters).finished);
}

/** Lets virtual time pass, in turns with the real event loop, until the run has ended. */
async function settle(finished: Promise<Finished>): Promise<Finished> {
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  finished.then(end, end);
  while (!ended) {
    await vi.advanceTimersToNextTimerAsync();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return finished;
}

const lines = (history: readonly Operation[]): string[] =>
  history.map(
    ({ time, process, type, error }) => `${Math.round(time / 1e6)} ${process} ${type}${error === undefined ? '' : ` ${error.code}`}`,
  );

describe('the open loop', () => {
  test('starts calls on schedule whatever the latency, as long as a process is free', async () => {
    const { history } = await run(limit(4, delay(10, writes)), answering(500), { concurrency: 4 });
    const begun = history.filter(({ type }) => type === 'invoke').map(({ time }) => Math.round(time / 1e6));
    expect(begun).toEqual([0, 10, 20, 30]);
  });

  test('lets arrivals wait with their intended time when every process is busy', async () => {
    const { history, stats } = await run(
      limit(5, delay(10, writes)),
      answering((call) => (call === 0 ? 95 : 1)),
    );
    const waited = history
      .filter(({ type }) => type === 'invoke')
      .map(({ time, intended }) => [Math.round((intended ?? 0) / 1e6), Math.round(time / 1e6)]);
    expect(waited.map(([intended]) => intended)).toEqual([0, 10, 20, 30, 40]);
    expect(waited[1]?.[1]).toBeGreaterThanOrEqual(95);
    expect(stats.maxWaiting).toBeGreaterThanOrEqual(8);
  });

  test('counts arrivals beyond the backlog as missed, and those that waited at the end too', async () => {
    const { history, stats } = await run(timeLimit(200, delay(10, writes, { backlogLimit: 3 })), answering(900));
    expect(history.filter(({ type }) => type === 'invoke')).toHaveLength(1);
    expect(stats).toMatchObject({ invoked: 1, ok: 1, missed: 19 });
  });

  test('has the same intended times for the same seed, whatever the latencies', async () => {
    const intended = async (latencyMs: number): Promise<unknown[]> => {
      const { history } = await run(limit(50, stagger(3, writes, createRandom(1, 'a'))), answering(latencyMs), { concurrency: 2 });
      const origin = history[0]?.intended ?? 0;
      return history.filter(({ type }) => type === 'invoke').map((operation) => (operation.intended ?? 0) - origin);
    };
    expect(await intended(40)).toEqual(await intended(1));
  });
});

describe('a closed loop', () => {
  test('begins the next call when a process is free', async () => {
    const { history } = await run(limit(3, writes), answering(100));
    const begun = history.filter(({ type }) => type === 'invoke').map(({ time }) => Math.round(time / 1e8));
    expect(begun).toEqual([0, 1, 2]);
  });
});

describe('recording', () => {
  test('the invocation is in the history before the client is called', async () => {
    const seen: number[] = [];
    const client: WorkloadClient = {
      ...answering(1),
      invoke: async () => {
        seen.push(started.history.length);
        return ok;
      },
    };
    const started = start(concat(sleep(1), limit(3, writes)), client, { concurrency: 3 });
    await settle(started.finished);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('completions that are ready come before new invocations', async () => {
    const { history, finished } = start(limit(4, writes), answering(10), { concurrency: 3 });
    // All three answers in one turn of the event loop.
    vi.advanceTimersByTime(10);
    await settle(finished);
    expect(history.map(({ type }) => type).join(' ')).toBe('invoke invoke invoke ok ok ok invoke ok');
  });

  test('a completion carries result, key and node; one without a result repeats the argument', async () => {
    const refused: Outcome = { type: 'fail', error: { code: 'overloaded', message: 'shed' }, node: 'order-2' };
    const { history } = await run(
      limit(2, writes),
      answering(1, (call) => (call === 0 ? ok : refused)),
    );
    expect(history[1]).toMatchObject({ type: 'ok', f: 'write', value: 'done', key: 'k', node: 'order-1' });
    expect(history[3]).toMatchObject({ type: 'fail', value: 1, key: 'k', node: 'order-2', error: { code: 'overloaded' } });
  });

  test('stats count by function and in all', async () => {
    const outcomes: Outcome[] = [
      ok,
      { type: 'fail', error: { code: 'overloaded', message: '' } },
      { type: 'info', error: { code: 'timeout', message: '' } },
    ];
    const { stats } = await run(
      concat(limit(2, writes), once({ f: 'cas' })),
      answering(1, (call) => outcomes[call] ?? ok),
    );
    expect(stats).toMatchObject({
      invoked: 3,
      ok: 1,
      fail: 1,
      info: 1,
      byFunction: { write: { invoked: 2, ok: 1, fail: 1, info: 0 }, cas: { invoked: 1, ok: 0, fail: 0, info: 1 } },
    });
  });
});

describe('deadlines', () => {
  test('an unanswered call ends as info at its deadline, and its process number is retired', async () => {
    const { history } = await run(concat(sleep(1), limit(2, writes)), answering(never), { concurrency: 1 });
    const first = 1 + 1000 + abortGraceMs;
    expect(lines(history)).toEqual([
      '1 0 invoke',
      `${first} 0 info timeout`,
      `${first} 1 invoke`,
      `${first + 1000 + abortGraceMs} 1 info timeout`,
    ]);
  });

  test('a pure operation that hangs is fail: its process goes on', async () => {
    const { history } = await run(limit(2, repeat(once({ f: 'read' }))), answering(never));
    expect(history.map(({ process, type }) => [process, type])).toEqual([
      [0, 'invoke'],
      [0, 'fail'],
      [0, 'invoke'],
      [0, 'fail'],
    ]);
  });

  test('a client that heeds its signal decides the outcome itself, at the deadline', async () => {
    const heeding: WorkloadClient = {
      pureFunctions: [],
      invoke: (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ type: 'info', error: { code: 'timeout', message: 'mine' }, node: 'order-3' }));
        }),
      close: async () => {},
    };
    const { history } = await run(limit(1, writes), heeding);
    expect(lines(history)).toEqual(['0 0 invoke', '1000 0 info timeout']);
    expect(history[1]).toMatchObject({ node: 'order-3', error: { message: 'mine' } });
  });

  test('an answer that comes after the outcome was decided changes nothing', async () => {
    const { history } = await run(concat(limit(1, writes), sleep(10_000)), answering(5000));
    expect(lines(history)).toEqual(['0 0 invoke', `${1000 + abortGraceMs} 0 info timeout`]);
  });
});

describe('a client that claims too much', () => {
  test('fail with an indefinite code becomes info', async () => {
    for (const code of ['timeout', 'connection-lost', 'server-error', 'made-up']) {
      const { history } = await run(limit(1, writes), answering(1, { type: 'fail', error: { code, message: '' } }));
      expect(lines(history)[1]).toMatch(`info ${code}`);
    }
  });

  test('an exception is info, thrown or rejected', async () => {
    const rejecting: WorkloadClient = { ...answering(1), invoke: () => Promise.reject(new Error('bug')) };
    const throwing: WorkloadClient = {
      ...answering(1),
      invoke: () => {
        throw new Error('bug');
      },
    };
    for (const client of [rejecting, throwing]) {
      const { history } = await run(limit(1, writes), client);
      expect(history[1]).toMatchObject({ type: 'info', error: { code: 'unexpected-response', message: 'the client threw: Error: bug' } });
    }
  });
});

describe('stopping', () => {
  test('marks open operations as interrupted at once, and tells them to stop', async () => {
    const signals: AbortSignal[] = [];
    const client: WorkloadClient = {
      ...answering(never),
      invoke: (_, signal) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    };
    const { finished, stop } = start(delay(10, writes), client, { concurrency: 2 });
    setTimeout(stop, 55);
    const { history, stats } = await settle(finished);
    expect(lines(history).slice(2)).toEqual([expect.stringContaining('0 info interrupted'), expect.stringContaining('1 info interrupted')]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    // Arrivals at 20, 30, 40 and 50 ms never found a process.
    expect(stats).toMatchObject({ invoked: 2, info: 2, missed: 4 });
  });

  test('counts answers that are already there as what they are', async () => {
    const { finished, stop } = start(writes, answering(10), { concurrency: 1 });
    setTimeout(stop, 10);
    const { history } = await settle(finished);
    expect(history.map(({ type }) => type)).toEqual(['invoke', 'ok']);
  });

  test('before it began, does nothing', async () => {
    const { history } = await run(writes, answering(10), { signal: AbortSignal.abort() });
    expect(history).toEqual([]);
  });

  test('leaves no timer behind, and closes the client', async () => {
    let closed = 0;
    const client: WorkloadClient = {
      ...answering(never),
      close: async () => {
        closed++;
      },
      invoke: () => new Promise(() => {}),
    };
    const { finished, stop } = start(writes, client);
    setTimeout(stop, 10);
    await settle(finished);
    expect(vi.getTimerCount()).toBe(0);
    expect(closed).toBe(1);
  });
});

describe('generators in a real run', () => {
  test('phases, messages and faults work as they do in the simulator', async () => {
    const messages: string[] = [];
    const generator = phases(
      any(clients(limit(4, delay(10, writes))), nemesis(once({ f: 'pause', value: 'order-1' }))),
      concat(log('final'), clients(once({ f: 'read' }))),
    );
    const { history } = await run(generator, answering(1), {
      concurrency: 2,
      nemesis: {
        deadlineMs: 60_000,
        invoke: () => new Promise((resolve) => setTimeout(() => resolve({ type: 'ok', value: 'healed' }), 5000)),
      },
      onLog: (message) => messages.push(message),
    });
    expect(messages).toEqual(['final']);
    const faults = history.filter(({ process }) => process === 'nemesis');
    expect(faults.map(({ type, value }) => [type, value])).toEqual([
      ['info', 'order-1'],
      ['info', 'healed'],
    ]);
    expect(history.at(-1)).toMatchObject({ f: 'read', type: 'ok' });
    expect(history.at(-1)?.time).toBeGreaterThan(5e9);
  });

  test('a generator with a bug fails the run instead of hanging it', async () => {
    await expect(run(nemesis(writes), answering(1))).rejects.toThrow('a process that the run does not have');
  });

  test('an exception of the generator fails the run and abandons open calls', async () => {
    const faulty = concat(
      once({ f: 'write' }),
      generate(createRandom(1, 'x'), () => {
        throw new Error('bug in the generator');
      }),
    );
    await expect(run(faulty, answering(50), { concurrency: 2 })).rejects.toThrow('bug in the generator');
    expect(vi.getTimerCount()).toBe(0);
  });
});
