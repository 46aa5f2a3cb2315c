import { describe, expect, it } from 'vitest';
import { UsageError, type UsageProblem } from '../config/index.ts';
import type { Command } from './command.ts';
import { parseArguments } from './parser.ts';

const command = (name: string, positionals: string, flags: Command['flags']): Command => ({
  name,
  positionals,
  summary: `Does ${name}.`,
  flags,
  examples: [],
  run: () => Promise.resolve(0),
});
const commands = [
  command('test', '', [
    { name: 'time', group: 'Load', kind: 'value', description: 'How long' },
    { name: 'read-quorum', group: 'Load', kind: 'value', description: 'How many' },
    { name: 'json', group: 'Results', kind: 'switch', description: 'Whether' },
  ]),
  command('report', '<run>', [{ name: 'open', group: 'Results', kind: 'switch', description: 'Whether' }]),
];

const parse = async (line: string) => await parseArguments(line.split(' ').filter(Boolean), commands);
async function problemOf(line: string): Promise<UsageProblem> {
  const error: unknown = await parse(line).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof UsageError) return error.problem;
  throw new Error(`expected "${line}" to be refused, got ${String(error)}`);
}

describe('the grammar', () => {
  it('finds the command and leaves values as they were typed', async () => {
    const { command: chosen, args } = await parse('test --time 007 --read-quorum=1e3 --json');
    expect(chosen.name).toBe('test');
    expect(args).toMatchObject({ time: '007', 'read-quorum': '1e3', json: true });
  });

  it('takes flags before the command, negative values, and switches turned off', async () => {
    expect((await parse('--time 3 test')).args).toMatchObject({ time: '3' });
    expect((await parse('test --time -5')).args).toMatchObject({ time: '-5' });
    expect((await parse('test --no-json')).args).toMatchObject({ json: false });
  });

  it('keeps positionals, also ones that look like numbers', async () => {
    expect((await parse('report 007')).args).toMatchObject({ run: '007' });
  });

  it('keeps a flag given twice as a list for the configuration to judge', async () => {
    expect((await parse('test --time 3 --time 4')).args).toMatchObject({ time: ['3', '4'] });
  });

  it.each([
    ['test --tmie 3', { code: 'unknown-flag', advice: '--time' }],
    ['test --readquorum 3', { code: 'unknown-flag', advice: '--read-quorum' }],
    ['test --frobnicate', { code: 'unknown-flag', advice: 'harness test --help' }],
    ['report x --jsno', { code: 'unknown-flag', happened: 'harness report has no flag --jsno' }],
    ['tset --time 3', { code: 'unknown-command', advice: 'harness test' }],
    ['frobnicate', { code: 'unknown-command', advice: 'harness --help' }],
    ['', { code: 'invalid-arguments', happened: 'no command was given' }],
    ['test extra', { code: 'invalid-arguments' }],
    ['test -- extra', { code: 'invalid-arguments' }],
    ['test --time', { code: 'invalid-arguments', happened: '--time was given without a value' }],
    ['report', { code: 'invalid-arguments', happened: 'an argument is missing' }],
    ['report a b', { code: 'invalid-arguments' }],
    ['test --json=banana', { code: 'invalid-value', advice: '--json or --no-json' }],
  ])('refuses "%s"', async (line, problem) => {
    expect(await problemOf(line)).toMatchObject(problem);
  });

  it('words its refusals in English whatever the locale is', async () => {
    const before = process.env['LC_ALL'];
    process.env['LC_ALL'] = 'de_DE.UTF-8';
    try {
      expect(await problemOf('test --tmie 3')).toMatchObject({ code: 'unknown-flag', advice: '--time' });
    } finally {
      if (before === undefined) delete process.env['LC_ALL'];
      else process.env['LC_ALL'] = before;
    }
  });
});
