import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVirtualWorld, type UnsyncedTail, type VirtualNode, type VirtualWorld } from '../runtime/virtual.ts';
import { CorruptLogError, type OpenedLog, openWriteAheadLog } from './write-ahead-log.ts';

const directory = 'data';
const logFile = `${directory}/wal-0000000000`;

function machine(seed = 1): { world: VirtualWorld; node: VirtualNode; open: () => Promise<OpenedLog> } {
  const world = createVirtualWorld({ seed });
  const node = world.node('replica-1');
  return { world, node, open: () => world.until(openWriteAheadLog(node.runtime, directory)) };
}

async function bytesOf(node: VirtualNode, file = logFile): Promise<Uint8Array> {
  return (await node.runtime.disk.readFile(file)) ?? new Uint8Array();
}

/** Replaces the file, durably. */
async function overwrite(world: VirtualWorld, node: VirtualNode, bytes: Uint8Array, file = logFile): Promise<void> {
  const { disk } = node.runtime;
  await world.until(
    (async () => {
      await disk.remove(file);
      const written = await disk.openAppend(file);
      await written.append(bytes);
      await written.sync();
      await disk.syncDirectory(directory);
    })(),
  );
}

describe('a write-ahead log', () => {
  it('gives back what was appended, in order, after a crash', async () => {
    const { world, node, open } = machine();
    const { log } = await open();
    for (const record of ['one', 'zwei · ∞', '']) await world.until(log.append(record));
    node.crash();
    expect((await open()).records).toEqual(['one', 'zwei · ∞', '']);
  });

  it('commits in groups: a hundred appends while a sync runs share the next one', async () => {
    const { world, node, open } = machine();
    node.disk.syncMs = 10;
    const { log } = await open();
    const before = node.disk.syncs;
    const appended: Promise<void>[] = [];
    for (let n = 0; n < 100; n += 1) {
      appended.push(log.append(`record ${n}`));
      if (n % 10 === 9) await world.advance(1);
    }
    await world.until(Promise.all(appended));
    expect(node.disk.syncs - before).toBeLessThanOrEqual(2);
    node.crash();
    expect((await open()).records).toHaveLength(100);
  });

  it('does not acknowledge a record before it is synced', async () => {
    const { world, node, open } = machine();
    node.disk.syncMs = 10;
    const { log } = await open();
    let acknowledged = false;
    void log.append('record').then(() => {
      acknowledged = true;
    });
    await world.advance(9);
    expect(acknowledged).toBe(false);
    await world.advance(1);
    expect(acknowledged).toBe(true);
  });

  it('is settled only once everything appended before is synced', async () => {
    const { world, node, open } = machine();
    node.disk.syncMs = 10;
    const { log } = await open();
    const order: string[] = [];
    void log.append('first').then(() => order.push('first'));
    await world.advance(1);
    void log.append('second').then(() => order.push('second'));
    void log.settled().then(() => order.push('settled'));
    await world.advance(15);
    expect(order).toEqual(['first']);
    await world.advance(5);
    expect(order).toEqual(['first', 'second', 'settled']);
  });

  it.each<UnsyncedTail>(['lost', 'cut', 'garbled'])(
    'keeps every acknowledged record, and no part of another, when a crash leaves the tail %s',
    async (tail) => {
      for (let seed = 1; seed <= 60; seed += 1) {
        const { world, node, open } = machine(seed);
        node.disk.syncMs = 5;
        const { log } = await open();
        const acknowledged: string[] = [];
        const appended: string[] = [];
        for (let n = 0; n < 12; n += 1) {
          const record = `record ${n} ${'x'.repeat(n * 7)}`;
          appended.push(record);
          void log.append(record).then(() => acknowledged.push(record));
          await world.advance(1 + (seed % 4));
        }
        node.crash(tail);
        const { log: reopened, records } = await open();
        expect(records).toEqual(appended.slice(0, records.length));
        expect(records.length).toBeGreaterThanOrEqual(acknowledged.length);
        await world.until(reopened.append('afterwards'));
        node.crash();
        expect((await open()).records).toEqual([...records, 'afterwards']);
      }
    },
  );

  it('cuts a torn tail wherever it is torn, and a tail of zeros', async () => {
    const { world, node, open } = machine();
    const { log } = await open();
    await world.until(log.append('kept'));
    const kept = (await bytesOf(node)).length;
    await world.until(log.append('torn away'));
    const whole = await bytesOf(node);
    for (let size = kept; size < whole.length; size += 1) {
      await overwrite(world, node, whole.slice(0, size));
      const { records, cutBytes } = await open();
      expect([records, cutBytes]).toEqual([['kept'], size - kept]);
    }
    await overwrite(world, node, new Uint8Array([...whole.slice(0, kept), ...new Uint8Array(4096)]));
    expect(await open()).toMatchObject({ records: ['kept'], cutBytes: 4096 });
    expect((await bytesOf(node)).length).toBe(kept);
  });

  it('cuts a last commit of which only a later page arrived, although whole records lie behind the gap', async () => {
    const { world, node, open } = machine();
    const { log } = await open();
    await world.until(log.append('kept'));
    const kept = (await bytesOf(node)).length;
    await world.until(Promise.all(['one', 'two', 'three'].map((record) => log.append(record))));
    const bytes = (await bytesOf(node)).slice();
    bytes.fill(0, kept, kept + 20);
    await overwrite(world, node, bytes);
    expect((await open()).records).toEqual(['kept']);
  });

  it('refuses a log in which any bit of an earlier commit is wrong', async () => {
    const { world, node, open } = machine();
    const { log } = await open();
    for (const record of ['one', 'two', 'three']) await world.until(log.append(record));
    const whole = await bytesOf(node);
    const lastCommit = whole.length / 3;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: Math.floor(whole.length - lastCommit - 5) }), fc.nat({ max: 7 }), async (at, bit) => {
        const damaged = whole.slice();
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        await overwrite(world, node, damaged);
        await expect(open()).rejects.toThrow(CorruptLogError);
      }),
      { numRuns: 60 },
    );
    await overwrite(world, node, whole);
    expect((await open()).records).toEqual(['one', 'two', 'three']);
  });

  it.each(['append', 'sync'] as const)(
    'rejects everything after a failed %s, and keeps what was acknowledged before',
    async (operation) => {
      const { world, node, open } = machine();
      const { log } = await open();
      await world.until(log.append('acknowledged'));
      node.disk.failNext(operation);
      const failed = [log.append('refused'), log.append('refused with it'), log.settled()].map((one) =>
        one.catch((error: Error) => error.message),
      );
      expect(await world.until(Promise.all(failed))).toEqual(Array(3).fill(`injected ${operation} failure`));
      for (const later of [log.append('later'), log.settled(), log.compact(['state'])]) await expect(later).rejects.toThrow('injected');
      node.crash();
      expect((await open()).records).toEqual(['acknowledged']);
    },
  );
});

describe('compaction', () => {
  it('replaces the records by the snapshot, and later records follow it', async () => {
    const { world, node, open } = machine();
    const { log } = await open();
    for (let n = 0; n < 50; n += 1) await world.until(log.append(`old ${n}`));
    const before = log.sizeBytes;
    await world.until(log.compact(['state']));
    expect(log.sizeBytes).toBeLessThan(before / 10);
    await world.until(log.append('new'));
    node.crash();
    expect((await open()).records).toEqual(['state', 'new']);
    expect(await node.runtime.disk.list(directory)).toEqual(['wal-0000000001']);
  });

  it('reads back a snapshot of many commits', async () => {
    const { world, node, open } = machine();
    const { log } = await open();
    const state = Array.from({ length: 40 }, (_, n) => `${n} ${'x'.repeat(100_000)}`);
    await world.until(log.compact(state));
    node.crash();
    expect((await open()).records).toEqual(state);
  });

  /** Appends numbers and compacts now and then, until the power goes at `crashAtMs`; returns what had been acknowledged by then. */
  async function numbersUntil(
    crashAtMs: number,
    tail: UnsyncedTail,
    seed: number,
  ): Promise<{ acknowledged: number; found: number; restarted: OpenedLog }> {
    const { world, node, open } = machine(seed);
    node.disk.syncMs = 3;
    const { log } = await open();
    let last = 0;
    let acknowledged = 0;
    const appendNext = (): void => {
      const mine = ++last;
      void log.append(String(mine)).then(() => {
        acknowledged = Math.max(acknowledged, mine);
      });
      // A record sets the state, and the state is the greatest number: whatever is appended by now is in the snapshot.
      if (mine % 4 === 0) void log.compact([String(mine)]).catch(() => undefined);
    };
    while (world.nowMs() < crashAtMs) {
      appendNext();
      await world.advance(Math.min(2, crashAtMs - world.nowMs()));
    }
    node.crash(tail);
    const restarted = await open();
    return { acknowledged, found: Math.max(0, ...restarted.records.map(Number)), restarted };
  }

  it.each<UnsyncedTail>(['lost', 'cut', 'garbled'])(
    'keeps every record acknowledged before or during it, crash when it may (tail %s)',
    async (tail) => {
      for (let crashAtMs = 0.5; crashAtMs < 60; crashAtMs += 0.5) {
        const { acknowledged, found } = await numbersUntil(crashAtMs, tail, Math.round(crashAtMs * 2));
        expect(found, `power lost at ${crashAtMs} ms`).toBeGreaterThanOrEqual(acknowledged);
      }
    },
  );

  it('leaves one complete log at every step of it, also when only some of its names reached the disk', async () => {
    const { world, node, open } = machine();
    const { log } = await open();
    for (const record of ['a', 'b']) await world.until(log.append(record));
    const old = await bytesOf(node);
    await world.until(log.compact(['a+b']));
    const next = await bytesOf(node, `${directory}/wal-0000000001`);
    const half = next.slice(0, next.length >> 1);
    const steps: readonly [readonly [string, Uint8Array][], readonly string[]][] = [
      [
        [
          ['wal-0000000000', old],
          ['compacting', half],
        ],
        ['a', 'b'],
      ],
      [
        [
          ['wal-0000000000', old],
          ['compacting', next],
        ],
        ['a', 'b'],
      ],
      [
        [
          ['wal-0000000000', old],
          ['wal-0000000001', next],
        ],
        ['a+b'],
      ],
      [[['wal-0000000001', next]], ['a+b']],
    ];
    for (const [files, expected] of steps) {
      for (const name of await node.runtime.disk.list(directory)) await node.runtime.disk.remove(`${directory}/${name}`);
      for (const [name, bytes] of files) await overwrite(world, node, bytes, `${directory}/${name}`);
      expect((await open()).records).toEqual(expected);
      expect(await node.runtime.disk.list(directory)).toHaveLength(1);
    }
  });

  it('refuses a second one while one waits', async () => {
    const { world, open } = machine();
    const { log } = await open();
    const first = log.compact(['state']);
    await expect(log.compact(['state'])).rejects.toThrow('already waiting');
    await world.until(first);
  });
});
