import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NEMESIS } from './operation.ts';
import { readHistory } from './reader.ts';
import { createRecorder, type OperationEntry, type Recorder } from './recorder.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'seamproof-recorder-'));
  path = join(directory, 'history.jsonl');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const read = { process: 0, type: 'invoke', f: 'read', value: null, key: 'r-1' } as const satisfies OperationEntry;

function inMemory(): Recorder {
  let time = 0;
  return createRecorder({ now: () => ++time });
}

describe('the recorder', () => {
  test('gives dense indexes and the time of the clock, and the file reads back as what is in memory', async () => {
    let time = 0;
    const recorder = createRecorder({ path, now: () => (time += 500) });
    recorder.append({ ...read, intended: 120 });
    recorder.append({ process: 1, type: 'invoke', f: 'write', value: undefined });
    recorder.append({ process: 0, type: 'ok', f: 'read', value: 3, key: 'r-1', node: 'order-2' });
    recorder.append({ process: 1, type: 'fail', f: 'write', value: 1, error: { code: 'overloaded', message: 'shed' } });
    recorder.append({ process: NEMESIS, type: 'info', f: 'pause-leader', value: { target: 'order-1' } });
    await recorder.close();
    expect(recorder.operations.map(({ index, time: at }) => [index, at])).toEqual([
      [0, 500],
      [1, 1000],
      [2, 1500],
      [3, 2000],
      [4, 2500],
    ]);
    expect(await readHistory(path)).toEqual({ operations: recorder.operations });
  });

  test('marks open operations as interrupted when it closes, under their own process, f and key', async () => {
    let time = 0;
    const recorder = createRecorder({ path, now: () => ++time });
    recorder.append(read);
    recorder.append({ process: 1, type: 'invoke', f: 'write', value: 4, key: 'r-2' });
    recorder.append({ ...read, type: 'ok', value: 2 });
    await recorder.close();
    const { operations } = await readHistory(path);
    expect(operations.slice(3)).toEqual([
      {
        index: 3,
        time: 4,
        process: 1,
        type: 'info',
        f: 'write',
        value: 4,
        key: 'r-2',
        error: { code: 'interrupted', message: expect.any(String) },
      },
    ]);
  });

  test.each<[claim: string, entries: readonly OperationEntry[]]>([
    ['a second operation of a busy process', [read, read]],
    ['a completion without an invocation', [{ ...read, type: 'ok' }]],
    ['a second completion', [read, { ...read, type: 'ok' }, { ...read, type: 'ok' }]],
    ['a completion of another function', [read, { ...read, type: 'ok', f: 'write' }]],
    ['a completion for another key', [read, { ...read, type: 'ok', key: 'r-2' }]],
    ['a new operation of a retired process', [read, { ...read, type: 'info', error: { code: 'timeout', message: '' } }, read]],
  ])('refuses %s', (_, entries) => {
    const recorder = inMemory();
    for (const entry of entries.slice(0, -1)) recorder.append(entry);
    expect(() => recorder.append(entries.at(-1) as OperationEntry)).toThrow('process 0 cannot record');
    expect(recorder.operations).toHaveLength(entries.length - 1);
  });

  test.each([
    ['goes back', [5, 4]],
    ['gives fractions', [0.5, 1]],
    ['gives no number', [Number.NaN, 1]],
  ])('refuses a clock that %s', (_, times) => {
    const remaining = [...times];
    const recorder = createRecorder({ now: () => remaining.shift() ?? 0 });
    expect(() => {
      recorder.append(read);
      recorder.append({ ...read, type: 'ok' });
    }).toThrow('clock');
  });
});

describe('reading a history', () => {
  test('a history cut off by a crash gives everything before the torn line', async () => {
    let time = 0;
    const recorder = createRecorder({ path, now: () => ++time });
    recorder.append(read);
    recorder.append({ ...read, type: 'ok', value: 1 });
    await recorder.close();
    appendFileSync(path, '{"index":2,"time":3,"pro');
    expect(await readHistory(path)).toEqual({ operations: recorder.operations, torn: '{"index":2,"time":3,"pro' });
  });

  test('every byte at which a crash may cut gives a prefix of the history', async () => {
    let time = 0;
    const recorder = createRecorder({ path, now: () => ++time });
    recorder.append(read);
    recorder.append({ ...read, type: 'ok', value: 'zażółć' });
    await recorder.close();
    const whole = readFileSync(path);
    for (let length = 0; length <= whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      const { operations } = await readHistory(path);
      expect(operations).toEqual(recorder.operations.slice(0, operations.length));
    }
  });

  test.each([
    ['a gap', '{"index":1,"time":0,"process":0,"type":"invoke","f":"read","value":null}', 'expected index 0, got 1'],
    ['a negative process', '{"index":0,"time":0,"process":-1,"type":"invoke","f":"read"}', 'process'],
    ['an unknown type', '{"index":0,"time":0,"process":0,"type":"maybe","f":"read"}', 'invoke, ok, fail or info'],
    ['an error without a code', '{"index":0,"time":0,"process":0,"type":"info","f":"read","error":{}}', 'error.code'],
    ['something else', '[1,2]', 'index'],
  ])('refuses %s and names the line', async (_, line, message) => {
    writeFileSync(path, `${line}\n`);
    await expect(readHistory(path)).rejects.toThrow(`${path}:1: `);
    await expect(readHistory(path)).rejects.toThrow(message);
  });

  test('refuses time that goes back', async () => {
    const line = (index: number, time: number): string => JSON.stringify({ ...read, index, time, process: index });
    writeFileSync(path, `${line(0, 5)}\n${line(1, 4)}\n`);
    await expect(readHistory(path)).rejects.toThrow(`${path}:2: time goes back from 5 to 4`);
  });
});
