/** Threads are stood in for by message channels: what crosses is really cloned and transferred. The threads themselves are tried in whole runs. */
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { NEMESIS, type Operation } from '../../../harness/history/index.ts';
import { modelNamed, models } from '../../models/index.ts';
import { sharedBudget } from '../budget.ts';
import { pairCalls } from '../calls.ts';
import { checkLinearizable } from '../check.ts';
import type { LinearizabilityOptions } from '../result.ts';
import { history, type Line } from '../testing/write-history.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { serveShard } from './serve.ts';
import { dealKeys, operationsOf } from './shards.ts';
import { type Died, type KeyWorker, spreadKeys } from './spread.ts';

const model = models['cas-register'];
const options = { model, limits: { timeMs: 60_000, memoryBytes: 1e9 } };

interface Tampering {
  /** Gives up in place of its answer to this message. */
  readonly dieAt?: ToWorker['kind'];
  readonly error?: Error;
  /** Never answers this message. */
  readonly silentAt?: ToWorker['kind'];
}

function inProcess(stopped: number[] = [], tamper: (slot: number) => Tampering = () => ({})): () => KeyWorker {
  let started = 0;
  return () => {
    const slot = started++;
    const { dieAt, error, silentAt } = tamper(slot);
    const { port1, port2 } = new MessageChannel();
    const serve = serveShard((message) => port2.postMessage(message));
    let heard: (message: FromWorker | Died) => void = () => {};
    port2.on('message', (message: ToWorker) => {
      if (message.kind === dieAt) heard({ kind: 'died', error: error ?? new Error('it broke') });
      else if (message.kind !== silentAt) serve(message);
    });
    return {
      post: (message, transfer) => port1.postMessage(message, transfer),
      listen(callback) {
        heard = callback;
        port1.on('message', callback);
      },
      stop: async () => {
        stopped.push(slot);
        port1.close();
      },
    };
  };
}

const outOfMemory = Object.assign(new Error('heap'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });

const on = (key: string, f: string, input: unknown, output: unknown = null, process = 0): Line[] => [
  { process, type: 'invoke', f, value: input, key },
  { process, type: 'ok', f, value: output, key },
];
const write = (key: string, value: unknown): Line[] => on(key, 'write', value);
const read = (key: string, value: unknown): Line[] => on(key, 'read', null, value);

const valid = history(...['a', 'b', 'c', 'd'].flatMap((key) => [...write(key, 1), ...read(key, 1)]));
const stale = (key: string): Line[] => [...write(key, 1), ...write(key, 2), ...read(key, 1)];

describe('a history dealt out by key', () => {
  it('comes back as it was, shard by shard, with what the check looks at', () => {
    const operations = history(
      { process: NEMESIS, type: 'info', f: 'partition' },
      { process: 7, type: 'invoke', f: 'write', value: JSON.parse('{"__proto__":[1],"x":"😀"}'), key: '__proto__' },
      { process: 3, type: 'invoke', f: 'cas', value: [1, 2], key: 'b' },
      { process: 7, type: 'ok', f: 'write', value: null },
      { process: 3, type: 'fail', f: 'cas', value: 5, key: 'b', error: { code: 'cas-mismatch', message: 'cas-mismatch' } },
      { process: 3, type: 'invoke', f: 'read', value: null },
    );
    const paired = pairCalls(operations);
    if ('problem' in paired) throw new Error('no history');
    const shards = dealKeys(operations, paired.calls, 8);
    expect(shards).toHaveLength(3);
    const back = shards.flatMap((shard) => [...operationsOf(structuredClone(shard))]).sort((a, b) => a.index - b.index);
    expect(back).toEqual(operations.slice(1));
    expect(shards.flatMap(({ positions }) => [...positions]).sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('is shared out evenly, never one key to two', () => {
    const sizes = [50, 30, 30, 20, 10, 10, 10, 1];
    const operations = history(...sizes.flatMap((size, key) => Array.from({ length: size }, () => write(`key-${key}`, 1)).flat()));
    const paired = pairCalls(operations);
    if ('problem' in paired) throw new Error('no history');
    const shards = dealKeys(operations, paired.calls, 3);
    const loads = shards.map(({ positions }) => positions.length / 2);
    expect(loads.reduce((sum, load) => sum + load)).toBe(161);
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(10);
    expect(new Set(shards.flatMap(({ names }) => names)).size).toBe(sizes.length);
  });
});

describe('keys spread over threads', () => {
  const spread = <S>(operations: readonly Operation[], more: Partial<LinearizabilityOptions<S>> = {}, start = inProcess()) =>
    spreadKeys(operations, { ...options, ...more } as LinearizabilityOptions<unknown>, 3, start);

  it('are judged as they are alone, counts and words included', async () => {
    expect(await spread(valid)).toEqual(checkLinearizable(valid, options));
  });

  it('give the same violation with the same evidence, named by the indexes of the whole history', async () => {
    const operations = history(...write('a', 1), ...stale('b'), ...read('a', 1), ...write('c', 5));
    const alone = checkLinearizable(operations, options);
    expect(alone.verdict).toBe('invalid');
    const { examined: _, ...found } = (await spread(operations)) ?? {};
    const { examined: __, ...expected } = alone;
    expect(found).toEqual(expected);
  });

  it('keep the options that decide: the initial state, reads of nil, failed compare-and-sets', async () => {
    const initial = history(...read('a', 5), ...read('b', 5));
    expect(await spread(initial, { initial: 5 })).toMatchObject({ verdict: 'valid' });
    expect(await spread(initial)).toMatchObject({ verdict: 'invalid' });
    const nil = history(...stale('a').slice(0, 4), ...read('a', null), ...read('b', null));
    expect(await spread(nil, { nilReads: 'any' })).toMatchObject({ verdict: 'valid' });
    expect(await spread(nil, { nilReads: 'value' })).toMatchObject({ verdict: 'invalid' });
    const failed: Line[] = [
      { process: 0, type: 'invoke', f: 'cas', value: [1, 2], key: 'b' },
      { process: 0, type: 'fail', f: 'cas', value: null, key: 'b', error: { code: 'cas-mismatch', message: '' } },
    ];
    const mismatch = history(...write('a', 1), ...write('b', 1), ...failed, ...read('b', 1));
    expect(await spread(mismatch, { failedCas: 'observe' })).toMatchObject({ verdict: 'invalid' });
    expect(await spread(mismatch)).toMatchObject({ verdict: 'valid' });
  });

  it('agree with the check in one thread on histories of every model', async () => {
    for (const name of ['register', 'cas-register', 'counter', 'set', 'fifo-queue', 'key-value', 'mutex'] as const) {
      const chosen = modelNamed(name);
      if (chosen === undefined) throw new Error(name);
      const [insert = '', look = insert] = chosen.functions;
      const operations = history(...['a', 'b', 'c'].flatMap((key) => [...on(key, insert, 1, 1), ...on(key, look, 1, 1)]));
      const alone = checkLinearizable(operations, { ...options, model: chosen });
      expect(await spread(operations, { model: chosen }), name).toMatchObject({ verdict: alone.verdict });
    }
  });

  it('stop at the first violation, though another key would never be decided', async () => {
    const stopped: number[] = [];
    // The largest shard goes to the first thread, which is the one that never answers.
    const operations = history(...Array.from({ length: 9 }, () => write('a', 1)).flat(), ...stale('b'), ...write('c', 1));
    const result = await spread(
      operations,
      {},
      inProcess(stopped, (slot) => (slot === 0 ? { silentAt: 'judge' } : {})),
    );
    expect(result).toMatchObject({ verdict: 'invalid', key: 'b' });
    expect(stopped.sort()).toEqual([0, 1, 2]);
  });

  it('let a violation win over a thread that ran out of memory, and are unknown without one', async () => {
    const dying = (stopped: number[] = []) => inProcess(stopped, (slot) => (slot === 0 ? { dieAt: 'judge', error: outOfMemory } : {}));
    const large = Array.from({ length: 9 }, () => write('a', 1)).flat();
    expect(await spread(history(...large, ...stale('b'), ...write('c', 1)), {}, dying())).toMatchObject({ verdict: 'invalid', key: 'b' });
    const stopped: number[] = [];
    expect(await spread(history(...large, ...write('b', 1), ...write('c', 1)), {}, dying(stopped))).toMatchObject({
      verdict: 'unknown',
      reason: { kind: 'memory-limit' },
    });
    expect(stopped.sort()).toEqual([0, 1, 2]);
  });

  it('say what is no history before any violation, the first by position, wherever it stands', async () => {
    const operations = history(...stale('a'), ...on('b', 'fly', 1), ...on('c', 'swim', 1));
    expect(await spread(operations)).toEqual(checkLinearizable(operations, options));
    const orphan = history(...stale('a'), ...write('b', 1), { process: 9, type: 'ok', f: 'write', value: 1, key: 'b' });
    expect(await spread(orphan)).toMatchObject({ verdict: 'unknown', reason: { kind: 'invalid-history', position: 8 } });
  });

  it('count what all threads hold against one memory limit, and go by one deadline', () => {
    const heldKilobytes = new Int32Array(new SharedArrayBuffer(8));
    const limits = { deadline: Date.now() + 60_000, memoryBytes: 1_000_000, heldKilobytes };
    const [first, second] = [sharedBudget(limits, 0), sharedBudget(limits, 1)];
    expect(first.exceeded(() => 600_000)).toBeUndefined();
    expect(second.exceeded(() => 600_000)).toBe('memory');
    expect(second.exceeded(() => 300_000)).toBeUndefined();
    expect(first.exceeded(() => 800_000)).toBe('memory');
    expect(sharedBudget({ ...limits, deadline: Date.now() - 1 }, 0).exceeded(() => 0)).toBe('time');
  });

  it('are unknown when nothing in any of them says anything', async () => {
    const open = history(...['a', 'b'].flatMap((key, at): Line[] => [{ process: at, type: 'invoke', f: 'write', value: 1, key }]));
    expect(await spread(open)).toMatchObject({ verdict: 'unknown', reason: { kind: 'vacuous' }, examined: { operations: 2, info: 2 } });
  });

  it('leave a history on one key to the caller, and stop every thread when one breaks', async () => {
    expect(await spread(history(...stale('a')))).toBeUndefined();
    const stopped: number[] = [];
    await expect(
      spread(
        valid,
        {},
        inProcess(stopped, (slot) => (slot === 1 ? { dieAt: 'shard' } : {})),
      ),
    ).rejects.toThrow('it broke');
    expect(stopped.sort()).toEqual([0, 1, 2]);
  });
});
