import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LogRecord } from '../history/index.ts';
import { longestLine, readNodeLogs } from './node-logs.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'node-logs-'));
  mkdirSync(path.join(directory, 'logs'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (node: string, text: string): void => writeFileSync(path.join(directory, 'logs', `${node}.log`), text);
const target = {
  parseLog: (node: string, line: string): LogRecord | undefined =>
    line.startsWith('{') ? { node, event: 'known', fields: {}, line } : undefined,
};

it('sees the stack trace of a node that died between its structured lines, however the lines end', async () => {
  write('order-1', '{"event":"a"}\r\nTypeError: x is not a function\r\n    at main.js:1\r\n\r\nNode.js v20.20.0\r\n');
  write('order-2', '{"event":"b"}\nno line end at the last');
  const { logs, output } = await readNodeLogs(directory, target);
  expect(logs.map(({ node, line }) => [node, line])).toEqual([
    ['order-1', '{"event":"a"}'],
    ['order-2', '{"event":"b"}'],
  ]);
  expect(output).toMatchObject([
    { node: 'order-1', lines: 5, complaints: [{ lineNumber: 5, before: ['TypeError: x is not a function', '    at main.js:1'] }] },
    { node: 'order-2', lines: 2, complaints: [] },
  ]);
});

it('looks at the beginning of a line that never ends, and at what comes after it', async () => {
  write('order-1', `panic: at the beginning ${'x'.repeat(longestLine * 2)} panic: too far in\nAssertionError: after it\n`);
  const { output } = await readNodeLogs(directory, target);
  expect(output[0]).toMatchObject({ lines: 2, counts: { 'a panic': 1, 'a failed assertion': 1 } });
  expect(output[0]?.complaints[0]?.line.length).toBeLessThan(3_000);
});

it('says nothing of a run whose nodes left no logs', async () => {
  rmSync(path.join(directory, 'logs'), { recursive: true });
  mkdirSync(path.join(directory, 'logs'));
  expect(await readNodeLogs(directory, target)).toEqual({ logs: [], output: [] });
});
