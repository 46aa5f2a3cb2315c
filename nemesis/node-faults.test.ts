/** Faults inside nodes: what each switches on, what it claims, and that it is switched off whatever happens. */
import { describe, expect, test } from 'vitest';
import { clockSkew } from './faults/clock-skew.ts';
import { diskFull } from './faults/disk-full.ts';
import { diskSlow } from './faults/disk-slow.ts';
import { loseUnsyncedWrites } from './faults/lose-unsynced-writes.ts';
import { allHold, createWorld, type World, type WorldOptions } from './test-support.ts';

const failing = (record: { readonly proofs: readonly { readonly claim: string; readonly holds: boolean }[] }): readonly string[] =>
  record.proofs.filter(({ holds }) => !holds).map(({ claim }) => claim);

/** A replica is written to every 50 ms, and answers as its disk lets it. */
function writes(world: World, answer: { readonly status: () => number }): void {
  world.every(50, () => void world.call({ from: 'order-1', to: 'replica-1', kind: 'replica-write', ...answer }));
}

describe.each([
  { nemesis: clockSkew, options: { targets: 'replica-1' } },
  { nemesis: diskFull, options: { targets: 'replica-1' } },
  { nemesis: diskSlow, options: { targets: 'replica-1' } },
  { nemesis: loseUnsyncedWrites, options: { targets: 'replica-1' } },
])('$nemesis.name', ({ nemesis, options }) => {
  const sound = createWorld().insides.faultsOf('replica-1');

  test('is over at once, and taken back, when the run is stopped', async () => {
    const world = createWorld();
    world.at(100, () => world.abort());
    await world.inject(nemesis, { ...options, durationMs: 60_000, holdMs: 60_000, downMs: 60_000 });
    expect(world.nowMs()).toBeLessThan(1000);
    expect(world.insides.faultsOf('replica-1').clock).toEqual(sound.clock);
    expect(world.states.get('replica-1')).toBe('running');
  });

  test('is taken back from every node, also when one of them would not hear of it', async () => {
    const world = createWorld();
    const { apply } = world.insides;
    Object.assign(world.insides, {
      apply: (node: string, ...rest: [never, never]) =>
        node === 'replica-2' && world.nowMs() < 10 ? Promise.reject(new Error('no answer')) : apply(node, ...rest),
    });
    await expect(world.inject(nemesis, { ...options, targets: 'all' })).rejects.toThrow('no answer');
    for (const replica of ['replica-1', 'replica-2']) expect(world.insides.faultsOf(replica)).toEqual(sound);
  });

  test('says so when a node does not take it back', async () => {
    const world = createWorld();
    const { apply } = world.insides;
    let calls = 0;
    Object.assign(world.insides, {
      apply: (node: string, ...rest: [never, never]) => (calls++ > 0 ? Promise.reject(new Error('no answer')) : apply(node, ...rest)),
    });
    // Whatever else goes wrong: a kill that does nothing leaves the switch as it is.
    Object.assign(world.context.driver, { kill: () => Promise.resolve(), restart: () => Promise.resolve() });
    await expect(world.inject(nemesis, options)).rejects.toThrow('did not take the fault back');
  });

  test('is refused where nodes have no switch for it', async () => {
    const world = createWorld({ target: { nodeFaults: undefined } as unknown as NonNullable<WorldOptions['target']> });
    await expect(world.inject(nemesis, options)).rejects.toThrow('no switch');
  });

  test('proves nothing when the nodes do not do as they are told', async () => {
    const world = createWorld({ nodesIgnoreFaults: true });
    writes(world, { status: () => 200 });
    expect(failing(await world.inject(nemesis, options))).not.toEqual([]);
  });
});

describe('clock-skew', () => {
  test('proves a step, rates and the right time afterwards by the clocks themselves', async () => {
    const world = createWorld();
    const record = await world.inject(clockSkew, { targets: 'order-1', offsetMs: -20_000, wallRate: 0.5, monotonicRate: 1.5 });
    expect(failing(record)).toEqual([]);
    expect(record.proofs.map(({ claim }) => claim)).toEqual(
      expect.arrayContaining([
        'the wall clock of order-1 was stepped by -20000 ms',
        'the wall clock of order-1 went at 0.5 times its rate',
        'the monotonic clock of order-1 went at 1.5 times its rate',
        'the wall clock of order-1 was right again afterwards',
      ]),
    );
    expect(record.facts).toMatchObject({ nodes: ['order-1'], offsetMs: -20_000, monotonicRate: 1.5 });
  });

  test('claims nothing when nothing is to be wrong', async () => {
    expect(failing(await createWorld().inject(clockSkew, { offsetMs: 0 }))).toEqual([expect.stringContaining('something was wrong')]);
  });
});

describe('disk-full', () => {
  test('is proven by appends that failed and writes that were refused', async () => {
    const world = createWorld();
    writes(world, { status: () => (world.insides.faultsOf('replica-1').disk.full ? 503 : 200) });
    world.insides.count('replica-1', { refusedAppends: 4 });
    const record = await world.inject(diskFull, { targets: 'replica-1' });
    expect(allHold(record)).toBe(true);
    expect(record.targets).toEqual(['replica-1']);
  });

  test('claims nothing of a replica that acknowledged a write all the same', async () => {
    const world = createWorld();
    let calls = 0;
    writes(world, { status: () => (calls++ === 20 ? 200 : 503) });
    world.insides.count('replica-1', { refusedAppends: 4 });
    expect(failing(await world.inject(diskFull, { targets: 'replica-1' }))).toEqual(['none was acknowledged that came meanwhile']);
  });

  test('is refused for nodes that keep nothing on a disk', async () => {
    await expect(createWorld().inject(diskFull, { targets: 'payment' })).rejects.toThrow('keep nothing on a disk');
  });
});

describe('disk-slow', () => {
  test('claims nothing when a write was faster than the disk', async () => {
    const world = createWorld();
    writes(world, { status: () => 200 });
    world.insides.count('replica-1', { delayedSyncs: 4 });
    expect(failing(await world.inject(diskSlow, { targets: 'replica-1' }))).toEqual(['no write was acknowledged in less than 250 ms']);
    expect(allHold(await world.inject(diskSlow, { targets: 'replica-1', syncMs: 1 }))).toBe(true);
  });
});

describe('lose-unsynced-writes', () => {
  test('holds syncs, kills, and counts what was dropped', async () => {
    const world = createWorld();
    world.insides.count('replica-1', { unsyncedBytes: 321 });
    const record = await world.inject(loseUnsyncedWrites, { targets: 'replica-1' });
    expect(allHold(record)).toBe(true);
    expect(world.insides.changes[0]).toEqual({ node: 'replica-1', change: { disk: { holdSyncs: true } } });
    expect(world.verbs).toEqual(['kill replica-1', 'restart replica-1']);
    expect(record.facts).toMatchObject({ droppedBytes: { 'replica-1': 321 } });
  });

  test('proves nothing when there was nothing to lose', async () => {
    const record = await createWorld().inject(loseUnsyncedWrites, { targets: 'replica-1' });
    expect(failing(record)).toEqual(['bytes that replica-1 had not synced were dropped']);
  });
});
