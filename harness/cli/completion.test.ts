import { describe, expect, it } from 'vitest';
import { testCatalogue } from '../config/test-support.ts';
import { listCommand } from './commands/list.ts';
import { testCommand } from './commands/test.ts';
import { complete } from './completion.ts';

const completions = (...words: readonly string[]) => complete(['harness', ...words], [testCommand, listCommand], testCatalogue);

describe('completion', () => {
  it('offers commands', () => {
    expect(completions('')).toEqual(['test', 'list']);
    expect(completions('t')).toEqual(['test']);
  });

  it('offers flags of the command that were not given yet', () => {
    expect(completions('test', '--')).toEqual(expect.arrayContaining(['--time', '--read-quorum', '--help']));
    expect(completions('test', '--read')).toEqual(['--read-quorum']);
    expect(completions('test', '--json', '--j')).toEqual([]);
  });

  it('offers what a flag may name, one part of a list at a time', () => {
    expect(completions('test', '--nemesis', 'p')).toEqual(['pause-leader']);
    expect(completions('test', '--nemesis', 'none,p')).toEqual(['none,pause-leader']);
    expect(completions('test', '--workload', '')).toEqual(['orders', 'registers']);
    expect(completions('list', 'ne')).toEqual(['nemeses']);
  });

  it('leaves values it knows nothing of to the shell', () => {
    expect(completions('test', '--runs-directory', 'ru')).toEqual([]);
  });
});
