import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../port.ts';
import { createRealFaultSwitch } from '../real.ts';
import { createVirtualWorld } from '../virtual.ts';
import { createSkewedClock, rightClock } from './clock.ts';
import { createFaultyDisk, soundDisk } from './disk.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('a clock that can be skewed', () => {
  const start = () => {
    const right = { wallMs: 1_000_000, monotonicMs: 500 };
    const pass = (ms: number): void => {
      right.wallMs += ms;
      right.monotonicMs += ms;
    };
    const clock = createSkewedClock({ wallMs: () => right.wallMs, monotonicMs: () => right.monotonicMs } satisfies Clock);
    return { right, pass, clock };
  };

  it('shows the right time until it is told otherwise, and again once healed', () => {
    const { right, pass, clock } = start();
    pass(1234);
    expect(clock.wallMs()).toBe(right.wallMs);
    clock.skew({ ...rightClock, offsetMs: -30_000, wallRate: 0.5 });
    pass(10_000);
    expect(clock.wallMs()).toBe(right.wallMs - 30_000 - 5000);
    clock.skew(rightClock);
    pass(1);
    expect(clock.wallMs()).toBe(right.wallMs);
  });

  it('never steps its monotonic clock, however its rate changes', () => {
    const { pass, clock } = start();
    const before = clock.monotonicMs();
    clock.skew({ offsetMs: 60_000, wallRate: 1, monotonicRate: 2 });
    expect(clock.monotonicMs()).toBe(before);
    pass(1000);
    expect(clock.monotonicMs()).toBe(before + 2000);
    clock.skew(rightClock);
    expect(clock.monotonicMs()).toBe(before + 2000);
    pass(1000);
    expect(clock.monotonicMs()).toBe(before + 3000);
  });
});

describe('a disk that can be broken', () => {
  const start = async () => {
    const world = createVirtualWorld({ seed: 1 });
    const { runtime, disk: virtual } = world.node('replica-1');
    const disk = createFaultyDisk(runtime.disk, (ms) => runtime.timers.sleep(ms));
    const file = await disk.openAppend('log');
    const text = async (): Promise<string> => Buffer.from((await runtime.disk.readFile('log')) ?? new Uint8Array()).toString();
    return { world, disk, file, text, virtual };
  };

  it('fails appends with ENOSPC while it is full, as a torn write, and takes them again afterwards', async () => {
    const { disk, file, text } = await start();
    disk.break({ ...soundDisk, full: true });
    await expect(file.append(bytes('1234'))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(disk.effects().refusedAppends).toBe(1);
    disk.break(soundDisk);
    await file.append(bytes('56'));
    expect(await text()).toBe('1256');
  });

  it('makes every sync take longer while it is slow', async () => {
    const { world, disk, file, virtual } = await start();
    disk.break({ ...soundDisk, syncDelayMs: 300 });
    const synced = file.sync();
    await world.advance(299);
    expect(virtual.syncs).toBe(0);
    await world.advance(1);
    await world.until(synced);
    expect(virtual.syncs).toBe(1);
    expect(disk.effects().delayedSyncs).toBe(1);
  });

  it('writes nothing while syncs are held, counts what a kill would lose, and goes on where it stood', async () => {
    const { world, disk, file, text } = await start();
    await file.append(bytes('durable '));
    await file.sync();
    disk.break({ ...soundDisk, holdSyncs: true });
    await file.append(bytes('and '));
    const synced = file.sync();
    await file.append(bytes('more'));
    await world.advance(60_000);
    expect(await text()).toBe('durable ');
    expect(file.size()).toBe('durable and more'.length);
    expect(disk.effects().unsyncedBytes).toBe('and more'.length);
    disk.break(soundDisk);
    await world.until(synced);
    await file.append(bytes('!'));
    expect(await text()).toBe('durable and more!');
    expect(disk.effects().unsyncedBytes).toBe(0);
  });

  it('holds no sync of what was appended before: else its owner would wait for it, and append nothing to be lost', async () => {
    const { world, disk, file, virtual } = await start();
    await file.append(bytes('before'));
    disk.break({ ...soundDisk, holdSyncs: true });
    await world.until(file.sync(), 1);
    expect(virtual.syncs).toBe(1);
  });

  it('loses nothing that it kept when the file is closed or read', async () => {
    const { disk, file, text } = await start();
    disk.break({ ...soundDisk, holdSyncs: true });
    await file.append(bytes('kept'));
    expect(Buffer.from((await disk.readFile('log')) ?? []).toString()).toBe('kept');
    await file.append(bytes(', too'));
    await file.close();
    expect(await text()).toBe('kept, too');
  });
});

describe('the real disk with held syncs', () => {
  const directories: string[] = [];
  afterEach(async () => {
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
  });

  it('leaves what was synced, and no more, when the process is killed', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'faulty-disk-'));
    directories.push(directory);
    const script = path.join(directory, 'writer.mjs');
    const source = `
      import { createFaultyDisk } from ${JSON.stringify(path.resolve(import.meta.dirname, 'disk.ts'))};
      import { realDisk } from ${JSON.stringify(path.resolve(import.meta.dirname, '../real/disk.ts'))};
      const disk = createFaultyDisk(realDisk, () => Promise.resolve());
      const file = await disk.openAppend(${JSON.stringify(path.join(directory, 'log'))});
      await file.append(Buffer.from('synced'));
      await file.sync();
      disk.break({ full: false, syncDelayMs: 0, holdSyncs: true });
      await file.append(Buffer.from(' not synced'));
      process.kill(process.pid, 'SIGKILL');
    `;
    buildSync({
      stdin: { contents: source, resolveDir: directory, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: script,
    });
    expect(spawnSync(process.execPath, [script]).signal).toBe('SIGKILL');
    expect(await readFile(path.join(directory, 'log'), 'utf8')).toBe('synced');
  });

  it('has no effect before it is told to', () => {
    expect(createRealFaultSwitch().state().disk).toEqual({ refusedAppends: 0, delayedSyncs: 0, unsyncedBytes: 0 });
  });
});
