import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openJsonLines, readJsonLines } from './jsonl.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'seamproof-jsonl-'));
  path = join(directory, 'lines.jsonl');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const asIs = (value: unknown): unknown => value;

describe('a file of JSON lines', () => {
  test('gives back what was appended, in order, across many flushes', async () => {
    const file = openJsonLines(path);
    const values = Array.from({ length: 5000 }, (_, n) => ({ n, text: 'żółć '.repeat(n % 30) }));
    for (const value of values) file.append(value);
    await file.close();
    expect(await readJsonLines(path, asIs)).toEqual({ values });
  });

  test('keeps order when appends come while a write is under way', async () => {
    const file = openJsonLines(path);
    const flushes: Promise<void>[] = [];
    for (let n = 0; n < 200; n++) {
      file.append(n);
      if (n % 20 === 0) flushes.push(file.flush());
    }
    await Promise.all(flushes);
    await file.close();
    expect((await readJsonLines(path, asIs)).values).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  test('writes within a moment though nobody flushes', async () => {
    const file = openJsonLines(path);
    file.append('evidence');
    expect(readFileSync(path, 'utf8')).toBe('');
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('"evidence"\n'), { interval: 5 });
    await file.close();
  });

  test('loses nothing when the process exits, or dies of an exception, before any flush', async () => {
    for (const ending of ['process.exit(3)', 'throw new Error("bug")']) {
      const script = `
        import { openJsonLines } from './jsonl.ts';
        const file = openJsonLines(${JSON.stringify(path)});
        for (let n = 0; n < 10000; n++) file.append({ n });
        await file.flush();
        // Large enough that a write is under way when the process ends.
        for (let n = 10000; n < 20000; n++) file.append({ n });
        ${ending};`;
      const outfile = join(directory, 'child.mjs');
      buildSync({
        stdin: { contents: script, resolveDir: import.meta.dirname, loader: 'ts' },
        outfile,
        bundle: true,
        platform: 'node',
        format: 'esm',
      });
      await expect(promisify(execFile)(process.execPath, [outfile])).rejects.toThrow('Command failed');
      const { values, torn } = await readJsonLines(path, asIs);
      expect(torn).toBeUndefined();
      expect(values).toEqual(Array.from({ length: 20000 }, (_, n) => ({ n })));
    }
  });

  test('refuses to go on when the disk refuses', async () => {
    const file = openJsonLines('/dev/full');
    file.append('lost');
    await expect(file.flush()).rejects.toThrow('/dev/full could not be written');
    expect(() => file.append('more')).toThrow('/dev/full could not be written');
    await expect(file.close()).rejects.toThrow('ENOSPC');
  });

  test('refuses lines after it was closed, and closing twice is harmless', async () => {
    const file = openJsonLines(path);
    await Promise.all([file.close(), file.close()]);
    expect(() => file.append(1)).toThrow('closed');
  });
});

describe('reading JSON lines', () => {
  test('sets a torn last line aside', async () => {
    writeFileSync(path, '{"a":1}\n{"a":2}\n{"a":');
    expect(await readJsonLines(path, asIs)).toEqual({ values: [{ a: 1 }, { a: 2 }], torn: '{"a":' });
  });

  test('keeps a last line that only lacks its newline', async () => {
    writeFileSync(path, '{"a":1}\n{"a":2}');
    expect(await readJsonLines(path, asIs)).toEqual({ values: [{ a: 1 }, { a: 2 }] });
  });

  test('names the line that is damaged in the middle of a file', async () => {
    writeFileSync(path, '{"a":1}\n{"a":\n{"a":3}\n');
    await expect(readJsonLines(path, asIs)).rejects.toThrow(`${path}:2:`);
  });

  test('names the line that the caller refuses, also when it is the last one without newline', async () => {
    writeFileSync(path, '1\n2');
    const onlyOne = (value: unknown): unknown => {
      if (value !== 1) throw new Error('not one');
      return value;
    };
    await expect(readJsonLines(path, onlyOne)).rejects.toThrow(`${path}:2: not one`);
  });

  test('reads lines that are longer than a chunk and characters cut by one', async () => {
    const long = 'ż'.repeat(1_500_001);
    writeFileSync(path, `${JSON.stringify(long)}\n"x${long}"\n`);
    expect((await readJsonLines(path, asIs)).values).toEqual([long, `x${long}`]);
  });
});
