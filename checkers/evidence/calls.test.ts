import { describe, expect, it } from 'vitest';
import { NEMESIS, type Operation } from '../../harness/history/index.ts';
import { pairCalls } from './calls.ts';

const operation = (index: number, process: Operation['process'], type: Operation['type'], time = index): Operation => ({
  index,
  time,
  process,
  type,
  f: 'read',
  value: null,
});

describe('pairCalls', () => {
  it('joins interleaved calls by process, in order of invocation', () => {
    const calls = pairCalls([operation(0, 0, 'invoke'), operation(1, 1, 'invoke'), operation(2, 1, 'ok'), operation(3, 0, 'fail')]);
    expect(calls.map(({ invocation, completion }) => [invocation.index, completion?.index])).toEqual([
      [0, 3],
      [1, 2],
    ]);
  });

  it('leaves a call open that never completed', () => {
    expect(pairCalls([operation(0, 0, 'invoke')])).toEqual([{ invocation: operation(0, 0, 'invoke') }]);
  });

  it('passes over the nemesis', () => {
    expect(pairCalls([operation(0, NEMESIS, 'info'), operation(1, NEMESIS, 'info')])).toEqual([]);
  });

  it('refuses a history in which a process overlaps itself', () => {
    expect(() => pairCalls([operation(0, 3, 'invoke'), operation(1, 3, 'invoke')])).toThrow(/operation 1 .*process 3 .*operation 0/);
  });

  it('refuses a completion that nobody invoked', () => {
    expect(() => pairCalls([operation(0, 3, 'ok')])).toThrow(/operation 0 .*never invoked/);
  });

  it('refuses a completion that comes before its invocation', () => {
    expect(() => pairCalls([operation(0, 3, 'invoke', 10), operation(1, 3, 'ok', 9)])).toThrow(/before/);
  });
});
