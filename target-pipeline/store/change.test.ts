import { describe, expect, it } from 'vitest';
import type { VirtualCall } from '../runtime/virtual.ts';
import { type Cluster, startCluster } from '../test-support/cluster.ts';
import type { ChangeOutcome, Registers } from './index.ts';

const set = (registers: Registers, key: string, value: unknown, deadlineMs = 1_000): Promise<ChangeOutcome<unknown>> =>
  registers.change(key, () => ({ kind: 'set', value, result: value }), { deadlineMs });
const increment = (registers: Registers, deadlineMs = 1_000): Promise<ChangeOutcome<number>> =>
  registers.change<number>(
    'k',
    (value) => ({ kind: 'set', value: ((value as number | null) ?? 0) + 1, result: ((value as number | null) ?? 0) + 1 }),
    { deadlineMs },
  );

/** Loses the calls for which `isLost` says so; it is told how many calls of the same verb to the same replica came before. */
function lose(cluster: Cluster, isLost: (call: VirtualCall & { readonly verb: string; readonly before: number }) => boolean): void {
  const counts = new Map<string, number>();
  cluster.world.network.planCall = (call) => {
    const verb = call.path.split('/')[2] ?? '';
    const before = counts.get(verb + call.to) ?? 0;
    counts.set(verb + call.to, before + 1);
    return isLost({ ...call, verb, before }) ? { fate: 'request-dropped' } : {};
  };
}

async function valueAtRest(cluster: Cluster, key = 'k'): Promise<unknown> {
  cluster.world.network.planCall = () => ({});
  const outcome = await cluster.world.until(cluster.registersOn('reader').read(key, { deadlineMs: 5_000 }));
  return outcome.kind === 'done' ? outcome.result : outcome;
}

describe('a change', () => {
  it('is seen by every read that begins after it was acknowledged, through any node', async () => {
    const cluster = await startCluster({ seed: 1 });
    const { world } = cluster;
    for (let n = 1; n <= 20; n += 1) {
      const silent = cluster.replicas[n % 3];
      world.network.planCall = ({ to }) => (to === silent ? { fate: 'request-dropped' } : {});
      expect(await world.until(increment(cluster.registersOn(`writer-${n % 2}`)))).toEqual({ kind: 'done', result: n });
      const other = cluster.replicas[(n + 1) % 3];
      world.network.planCall = ({ to }) => (to === other ? { fate: 'request-dropped' } : {});
      expect(await world.until(cluster.registersOn('reader').read('k', { deadlineMs: 1_000 }))).toEqual({ kind: 'done', result: n });
    }
  });

  it('is unavailable when no quorum could be prepared, and then never takes effect', async () => {
    const cluster = await startCluster({ seed: 1 });
    lose(cluster, ({ to, verb }) => to !== 'replica-1' && verb === 'prepare');
    expect((await cluster.world.until(set(cluster.registersOn('writer'), 'k', 'mine', 300))).kind).toBe('unavailable');
    await cluster.world.advance(1_000);
    expect(await valueAtRest(cluster)).toBeNull();
  });

  it('is indeterminate when it was proposed and not acknowledged, because a read may finish it', async () => {
    const cluster = await startCluster({ seed: 1 });
    lose(cluster, ({ to, verb }) => to !== 'replica-1' && verb === 'accept');
    expect((await cluster.world.until(set(cluster.registersOn('writer'), 'k', 'mine', 300))).kind).toBe('indeterminate');
    const reader = cluster.registersOn('reader');
    lose(cluster, ({ to, verb }) => to === 'replica-3' && verb !== 'accept');
    expect(await cluster.world.until(reader.read('k', { deadlineMs: 1_000 }))).toEqual({ kind: 'done', result: 'mine' });
    expect(await valueAtRest(cluster)).toBe('mine');
  });

  it('that lost its answers recognizes its own work, finished by somebody else, and does it once', async () => {
    const cluster = await startCluster({ seed: 1 });
    const { world } = cluster;
    lose(cluster, ({ from, to, verb, before }) => from === 'writer' && verb === 'accept' && before === 0 && to !== 'replica-1');
    const outcome = increment(cluster.registersOn('writer'), 2_000);
    await world.advance(8);
    expect((await world.until(increment(cluster.registersOn('rival')))).kind).toBe('done');
    expect(await world.until(outcome)).toEqual({ kind: 'done', result: 1 });
    expect(await valueAtRest(cluster)).toBe(2);
  });

  it('that kept the value is not undone by its own earlier attempt', async () => {
    const cluster = await startCluster({ seed: 1 });
    const { world } = cluster;
    // A value that was never chosen, on one replica: the first attempt builds on it, the second one doesn't see it.
    const stray = { value: 'stray', changes: 1, operationIds: ['someone.0'], open: false };
    await world.until(cluster.acceptor('replica-1').accept({ key: 'k', ballot: [0, 1, 'someone'], envelope: stray, from: 'someone' }));
    lose(cluster, ({ to, verb, before }) => {
      if (verb === 'prepare') return to === (before === 0 ? 'replica-3' : 'replica-1');
      return verb === 'accept' && before === 0 && to !== 'replica-1';
    });
    const outcome = await world.until(
      cluster
        .registersOn('writer')
        .change<string>(
          'k',
          (value) => (value === 'stray' ? { kind: 'set', value: 'mine', result: 'took it' } : { kind: 'keep', result: 'left it' }),
          { deadlineMs: 2_000 },
        ),
    );
    expect(outcome).toEqual({ kind: 'done', result: 'left it' });
    lose(cluster, ({ to, verb }) => to === 'replica-3' && verb !== 'accept');
    expect(await world.until(cluster.registersOn('reader').read('k', { deadlineMs: 1_000 }))).toEqual({ kind: 'done', result: null });
  });

  it('uses no ballot twice, also not after a restart, when one promise is enough', async () => {
    const cluster = await startCluster({ seed: 1, quorum: { read: 1, write: 3 } });
    const { world } = cluster;
    world.network.planCall = ({ to, path }) => {
      if (path.includes('prepare')) return to === 'replica-1' ? {} : { fate: 'request-dropped' };
      return to === 'replica-3' ? { requestMs: 200 } : {};
    };
    void set(cluster.registersOn('writer'), 'k', 'before the restart');
    await world.advance(20);
    cluster.node('writer').crash();
    world.network.planCall = ({ to, path }) => (path.includes('prepare') && to !== 'replica-3' ? { fate: 'request-dropped' } : {});
    expect((await world.until(set(cluster.registersOn('writer'), 'k', 'after the restart', 150))).kind).toBe('done');
    await world.advance(1_000);
    world.network.planCall = ({ to }) => (to === 'replica-3' ? {} : { requestMs: 20 });
    expect(await world.until(cluster.registersOn('reader').read('k', { deadlineMs: 1_000 }))).toEqual({
      kind: 'done',
      result: 'after the restart',
    });
  });

  it('gives up as indeterminate when it may have been pushed out of the ids that are kept', async () => {
    const cluster = await startCluster({ seed: 1 });
    const { world } = cluster;
    const isFirst = ({ from, verb, before }: { from: string; verb: string; before: number }): boolean =>
      from === 'slow' && verb === 'accept' && before === 0;
    lose(cluster, (call) => isFirst(call) && call.to !== 'replica-1');
    const outcome = increment(cluster.registersOn('slow'), 60_000);
    await world.advance(8);
    cluster.node('slow').pause();
    const rival = cluster.registersOn('rival');
    for (let n = 0; n < 50; n += 1) await world.until(increment(rival));
    cluster.node('slow').resume();
    expect(await world.until(outcome)).toMatchObject({ kind: 'indeterminate', reason: expect.stringContaining('too many other changes') });
    expect(await valueAtRest(cluster)).toBe(51);
  });

  it('gets its turn among proposers that never rest', async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const cluster = await startCluster({ seed, syncMs: 1 });
      const { world } = cluster;
      const outcomes: string[] = [];
      let slowestMs = 0;
      for (const name of ['a', 'b', 'c']) {
        const registers = cluster.registersOn(name);
        void (async () => {
          while (world.nowMs() < 2_000) {
            const sentAtMs = world.nowMs();
            outcomes.push((await increment(registers, 10_000)).kind);
            slowestMs = Math.max(slowestMs, world.nowMs() - sentAtMs);
          }
        })();
      }
      await world.advance(4_000);
      expect(new Set(outcomes)).toEqual(new Set(['done']));
      expect(outcomes.length).toBeGreaterThan(200);
      expect(slowestMs).toBeLessThan(400);
    }
  });

  it('that loses a duel does not wait for a silent replica before it tries again', async () => {
    const cluster = await startCluster({ seed: 1, replicaTimeoutMs: 1_000 });
    const { world } = cluster;
    cluster.node('replica-3').pause();
    await world.until(cluster.acceptor('replica-2').prepare({ key: 'k', ballot: [0, 9, 'rival'], from: 'rival' }));
    const sentAtMs = world.nowMs();
    expect((await world.until(set(cluster.registersOn('writer'), 'k', 'mine', 5_000))).kind).toBe('done');
    expect(world.nowMs() - sentAtMs).toBeLessThan(200);
  });

  it('queues behind the changes of the same node instead of duelling with them', async () => {
    const cluster = await startCluster({ seed: 1 });
    const registers = cluster.registersOn('writer');
    const results = await cluster.world.until(Promise.all(Array.from({ length: 10 }, () => increment(registers))));
    expect(results).toEqual(Array.from({ length: 10 }, (_, index) => ({ kind: 'done', result: index + 1 })));
    expect(cluster.world.network.calls.filter(({ path }) => path.includes('/prepare/'))).toHaveLength(30);
  });

  it('whose function throws fails alone; the next one on the key goes on', async () => {
    const cluster = await startCluster({ seed: 1 });
    const registers = cluster.registersOn('writer');
    const failing = registers.change(
      'k',
      () => {
        throw new Error('a bug');
      },
      { deadlineMs: 1_000 },
    );
    const next = increment(registers);
    await expect(cluster.world.until(failing)).rejects.toThrow('a bug');
    expect(await cluster.world.until(next)).toEqual({ kind: 'done', result: 1 });
  });
});

describe('a fenced change', () => {
  const fence = (token: number) => ({ scope: 'orders', token });

  it('is refused once a quorum was fenced, says so, and definitely did not happen when it was refused at once', async () => {
    const cluster = await startCluster({ seed: 1 });
    for (const replica of ['replica-1', 'replica-2']) await cluster.acceptor(replica).raiseFence(fence(5), 'order-2');
    const outcome = await cluster.world.until(
      cluster.registersOn('order-1').change('k', () => ({ kind: 'set', value: 1, result: 1 }), { deadlineMs: 500, fence: fence(4) }),
    );
    expect(outcome).toEqual({ kind: 'fenced', highest: 5, mayHaveHappened: false });
    expect(await valueAtRest(cluster)).toBeNull();
  });

  it('that was fenced between prepare and accept may have happened', async () => {
    const cluster = await startCluster({ seed: 1 });
    const { world } = cluster;
    world.network.planCall = ({ path }) => (path.includes('/accept/') ? { requestMs: 50 } : {});
    const outcome = cluster
      .registersOn('order-1')
      .change('k', () => ({ kind: 'set', value: 1, result: 1 }), { deadlineMs: 500, fence: fence(4) });
    await world.advance(20);
    for (const replica of ['replica-1', 'replica-2']) await cluster.acceptor(replica).raiseFence(fence(5), 'order-2');
    expect(await world.until(outcome)).toEqual({ kind: 'fenced', highest: 5, mayHaveHappened: true });
  });

  it('still goes through when one replica alone knows a higher token', async () => {
    const cluster = await startCluster({ seed: 1 });
    await cluster.acceptor('replica-3').raiseFence(fence(5), 'order-2');
    const outcome = await cluster.world.until(
      cluster.registersOn('order-1').change('k', () => ({ kind: 'set', value: 1, result: 1 }), { deadlineMs: 500, fence: fence(4) }),
    );
    expect(outcome).toEqual({ kind: 'done', result: 1 });
  });

  it('raises the fence of every replica it reaches', async () => {
    const cluster = await startCluster({ seed: 1 });
    await cluster.world.until(
      cluster.registersOn('order-1').change('k', () => ({ kind: 'set', value: 1, result: 1 }), { deadlineMs: 500, fence: fence(4) }),
    );
    await cluster.world.advance(10);
    for (const replica of cluster.replicas) expect(cluster.acceptor(replica).fences()).toEqual({ orders: 4 });
  });
});
