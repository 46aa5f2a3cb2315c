import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bridge, type Cut, halves, isolate, ring } from './cuts.ts';
import { partition } from './faults/partition.ts';
import { allHold, createWorld, type World } from './test-support.ts';

const replicas = ['replica-1', 'replica-2', 'replica-3', 'replica-4', 'replica-5'];
const others = ['order-1', 'order-2', 'order-3', 'payment-1', 'payment-2'];
const cluster = { nodes: [...replicas, ...others], replicas };
const chances = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 30, maxLength: 30 });

function randomFrom(values: readonly number[]): () => number {
  let next = 0;
  return () => values[next++ % values.length] ?? 0;
}

const reaches = (cut: Cut, from: string, to: string): boolean => cut({ from, to }) === undefined;
const reachable = (cut: Cut, from: string): readonly string[] => replicas.filter((to) => reaches(cut, from, to));

describe('a cut', () => {
  test('around a node leaves it nobody but the clients, and leaves the others each other', () => {
    const { cut } = isolate(['replica-2'], cluster, false);
    expect(cut({ from: 'order-1', to: 'replica-2' })).toBe('request');
    expect(cut({ from: 'replica-2', to: 'order-1' })).toBe('request');
    expect(cut({ from: 'order-1', to: 'replica-1' })).toBeUndefined();
    expect(cut({ from: 'client', to: 'replica-2' })).toBeUndefined();
  });

  test('that is one way loses what the first side sends: its requests, and its responses', () => {
    const { cut } = isolate(['order-1'], cluster, true);
    expect(cut({ from: 'order-1', to: 'payment-1' })).toBe('request');
    expect(cut({ from: 'order-2', to: 'order-1' })).toBe('response');
  });

  test('in halves leaves a majority of the replicas on one side, whatever the chances', () => {
    fc.assert(
      fc.property(chances, (values) => {
        const { cut } = halves(cluster, false, randomFrom(values));
        const seen = others.map((node) => reachable(cut, node).length);
        expect([...new Set(seen)].sort()).toEqual([2, 3]);
        for (const from of cluster.nodes) for (const to of cluster.nodes) expect(reaches(cut, from, to)).toBe(reaches(cut, to, from));
      }),
    );
  });

  test('in a ring leaves everybody a majority of the replicas, not all the same', () => {
    fc.assert(
      fc.property(chances, (values) => {
        const { cut } = ring(cluster, false, randomFrom(values));
        const views = others.map((node) => reachable(cut, node));
        for (const view of views) expect(view).toHaveLength(3);
        expect(new Set(views.map(String)).size).toBeGreaterThan(1);
      }),
    );
  });

  test('with a bridge leaves one replica that everybody reaches, and two sides that do not reach each other', () => {
    fc.assert(
      fc.property(chances, (values) => {
        const { cut } = bridge(cluster, false, randomFrom(values));
        const bridges = replicas.filter((replica) => cluster.nodes.every((node) => reaches(cut, node, replica)));
        expect(bridges).toHaveLength(1);
        const views = new Set(others.map((node) => String(reachable(cut, node))));
        expect(views.size).toBe(2);
      }),
    );
  });
});

/** Everybody calls every replica, and orders call payment, ten times a second. */
function load(world: World): void {
  const { replicas: ours, nodes } = world.context.target;
  world.every(100, () => {
    for (const from of nodes.filter((node) => !node.startsWith('replica'))) for (const to of ours) void world.call({ from, to });
    void world.call({ from: 'order-1', to: 'payment-1', kind: 'effect' });
    void world.call({ from: 'client', to: 'order-2' });
  });
}

describe('partition', () => {
  test.each(['silent', 'refuse'])('cuts a node off in mode %s, proves it by the calls that were lost, and heals', async (mode) => {
    const world = createWorld();
    load(world);
    const record = await world.inject(partition, { targets: 'replica-3', mode, durationMs: 3000 });
    expect(allHold(record)).toBe(true);
    expect(record.targets).toContain('order-1->replica-3');
    const lost = world.records.filter(({ faults }) => faults.includes('partitioned'));
    expect(lost.every(({ to, forwardedAt }) => to === 'replica-3' && forwardedAt === undefined)).toBe(true);
    expect(world.rules.size).toBe(0);
    const { outcome } = await world.run(world.call({ from: 'order-1', to: 'replica-3' }));
    expect(outcome).toBe('completed');
  });

  test('lets callers hear nothing until they give up or it heals', async () => {
    const world = createWorld();
    const early = world.run(Promise.resolve());
    await early;
    let first: number | undefined;
    let last: number | undefined;
    world.at(
      100,
      () =>
        void world
          .call({ from: 'order-1', to: 'replica-1' })
          .then(({ outcome }) => (outcome === 'caller-closed' ? (first = world.nowMs()) : 0)),
    );
    world.at(
      2900,
      () =>
        void world.call({ from: 'order-1', to: 'replica-1' }).then(({ outcome }) => (outcome === 'dropped' ? (last = world.nowMs()) : 0)),
    );
    expect(allHold(await world.inject(partition, { targets: 'replica-1', durationMs: 3000 }))).toBe(true);
    expect([first, last]).toEqual([1100, 3000]);
  });

  test('isolates one replica or the leader when nobody is named', async () => {
    const isReplica = createWorld({ random: () => 0.6 });
    load(isReplica);
    expect((await isReplica.inject(partition)).proofs[0]?.claim).toContain('replica-2 cut off');
    const isLeader = createWorld({ random: () => 0.4 });
    load(isLeader);
    expect((await isLeader.inject(partition)).proofs[0]?.claim).toContain('order-2 cut off');
  });

  test.each(['halves', 'ring', 'bridge'])('of kind %s loses calls and lets none across', async (kind) => {
    const world = createWorld({ random: randomFrom([0.3, 0.9, 0.1, 0.7]) });
    load(world);
    expect(allHold(await world.inject(partition, { kind }))).toBe(true);
  });

  test('of an edge that is cut one way delivers the requests and loses the answers', async () => {
    const world = createWorld();
    load(world);
    const record = await world.inject(partition, { kind: 'edge', from: 'payment', to: 'order', oneWay: true, mode: 'refuse' });
    expect(allHold(record)).toBe(true);
    expect(world.records.filter(({ kind, faults }) => kind === 'effect' && faults.length > 0)[0]).toMatchObject({
      outcome: 'dropped',
      status: 200,
      respondedAt: expect.any(Number) as number,
    });
  });

  test('proves nothing when no call wanted to cross, or when another rule let one through', async () => {
    expect(allHold(await createWorld().inject(partition, { targets: 'replica-1' }))).toBe(false);
    const world = createWorld();
    world.context.plane.addRule({ id: 'first', decide: () => ({ label: 'delayed', delayRequestMs: 5 }) });
    load(world);
    expect((await world.inject(partition, { targets: 'replica-1' })).proofs.map(({ holds }) => holds)).toEqual([false, false]);
  });

  test('heals at once when the run is stopped', async () => {
    const world = createWorld();
    load(world);
    world.at(500, () => world.abort());
    await world.inject(partition, { targets: 'all', durationMs: 60_000 });
    expect(world.rules.size).toBe(0);
    expect(world.nowMs()).toBe(500);
  });

  test.each([{ kind: 'star' }, { mode: 'loud' }, { kind: 'edge' }, { kind: 'edge', from: 'order', to: 'broker' }])(
    'refuses %o',
    async (options) => {
      await expect(createWorld().inject(partition, options)).rejects.toThrow(/expected|needs|neither/);
    },
  );
});
