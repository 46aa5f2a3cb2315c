import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { createRealRuntime } from './real.ts';

const directories: string[] = [];

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

async function temporary(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'runtime-'));
  directories.push(directory);
  return directory;
}

const quiet = { write: () => undefined };
const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('the real runtime', () => {
  const { clock, timers, random, disk, metrics } = createRealRuntime({ node: 'a', logDestination: quiet });

  it('never wakes a sleeper early, not by a fraction of a millisecond', async () => {
    for (let n = 0; n < 100; n++) {
      const ms = 1 + random.uniform();
      const start = clock.monotonicMs();
      await timers.sleep(ms);
      expect(clock.monotonicMs() - start).toBeGreaterThanOrEqual(ms);
    }
  });

  it('waits a month without firing at once, and without waking all the time to see that it is early', async () => {
    const warnings: string[] = [];
    const note = (warning: Error): unknown => warnings.push(warning.name);
    process.on('warning', note);
    let fired = false;
    const cancel = timers.after(31 * 24 * 3_600_000, () => (fired = true));
    await timers.sleep(20);
    cancel();
    process.off('warning', note);
    expect([fired, warnings]).toEqual([false, []]);
  });

  it('cancels timers, and rejects a sleep with the reason of its signal', async () => {
    let fired = false;
    timers.after(1, () => (fired = true))();
    const stop = new AbortController();
    const sleeping = timers.sleep(60_000, stop.signal);
    stop.abort('enough');
    await expect(sleeping).rejects.toBe('enough');
    await timers.sleep(5);
    expect(fired).toBe(false);
  });

  it('gives ids that differ and are safe in paths', () => {
    const ids = Array.from({ length: 1_000 }, () => random.id());
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.every((id) => encodeURIComponent(id) === id && id.length <= 24)).toBe(true);
  });

  it('appends, syncs, truncates and reads back, across reopening', async () => {
    const file = path.join(await temporary(), 'wal');
    const first = await disk.openAppend(file);
    await first.append(bytes('hello '));
    await first.append(bytes('world'));
    await first.sync();
    await first.close();
    const second = await disk.openAppend(file);
    expect(second.size()).toBe(11);
    await second.truncate(6);
    await second.append(bytes('you'));
    expect(second.size()).toBe(9);
    await second.close();
    expect(Buffer.from((await disk.readFile(file)) ?? []).toString()).toBe('hello you');
  });

  it('lists, renames and removes, and takes what is missing for empty', async () => {
    const directory = path.join(await temporary(), 'deep', 'er');
    expect(await disk.list(directory)).toEqual([]);
    await disk.mkdirp(directory);
    await disk.mkdirp(directory);
    for (const name of ['b', 'a']) await (await disk.openAppend(path.join(directory, name))).close();
    await disk.rename(path.join(directory, 'a'), path.join(directory, 'c'));
    await disk.syncDirectory(directory);
    expect(await disk.list(directory)).toEqual(['b', 'c']);
    await disk.remove(path.join(directory, 'b'));
    await disk.remove(path.join(directory, 'b'));
    expect(await disk.list(directory)).toEqual(['c']);
    expect(await disk.readFile(path.join(directory, 'b'))).toBeUndefined();
  });

  it('takes nothing more for a file whose sync failed', async () => {
    const file = await disk.openAppend(path.join(await temporary(), 'wal'));
    await file.append(bytes('x'));
    await file.close();
    await expect(file.sync()).rejects.toThrow('closed');
    await expect(file.append(bytes('y'))).rejects.toThrow('a sync failed before');
    await expect(file.truncate(0)).rejects.toThrow('a sync failed before');
    await expect(file.sync()).rejects.toThrow('a sync failed before');
  });

  it('exposes counters, gauges and histograms as Prometheus text, refreshed first', async () => {
    metrics.counter('retries_total', 'Retries.', ['service']).inc({ service: 'payment' });
    metrics.counter('retries_total', 'Retries.', ['service']).inc({ service: 'payment' }, 2);
    const budget = metrics.gauge('retry_budget_available', 'Left.');
    metrics.beforeExpose(() => budget.set(7));
    metrics.histogram('quorum_write_seconds', 'Writes.').observe(0.02);
    const text = await metrics.expose();
    expect(text).toContain('retries_total{service="payment"} 3');
    expect(text).toContain('retry_budget_available 7');
    expect(text).toContain('quorum_write_seconds_bucket{le="0.025"} 1');
    expect(text).not.toContain('process_cpu');
    expect(metrics.contentType).toMatch(/^text\/plain/);
    expect(() => metrics.gauge('retries_total', 'Retries.')).toThrow('retries_total is a counter');
  });
});

describe('the log of the real runtime', () => {
  it('is one JSON object a line, with level, time by the node clock, node, event and the fields', () => {
    const lines: string[] = [];
    const clock = { monotonicMs: () => 0, wallMs: () => 1_234 };
    const { log } = createRealRuntime({ node: 'replica-2', clock, logDestination: { write: (line) => lines.push(line) } });
    log.warn('fence.rejected', { scope: 'orders', token: 3 });
    log.info('ready');
    log.error('broken');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 'warn', time: 1_234, node: 'replica-2', event: 'fence.rejected', scope: 'orders', token: 3 },
      { level: 'info', time: 1_234, node: 'replica-2', event: 'ready' },
      { level: 'error', time: 1_234, node: 'replica-2', event: 'broken' },
    ]);
    expect(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
  });

  it('has every line out before the next statement, so that a kill loses none', () => {
    const program = buildSync({
      stdin: {
        contents: `import { createLogger } from './real/log.ts';
          const log = createLogger('a', { monotonicMs: () => 0, wallMs: () => 0 });
          for (let n = 0; n < 100; n++) log.info('last.words');
          process.kill(process.pid, 'SIGKILL');`,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      platform: 'node',
      write: false,
    });
    const ended = spawnSync(process.execPath, ['-'], { input: program.outputFiles[0]?.text, encoding: 'utf8' });
    expect(ended.stderr).toBe('');
    expect(ended.signal).toBe('SIGKILL');
    expect(ended.stdout.match(/"event":"last.words"/g)).toHaveLength(100);
  });
});
