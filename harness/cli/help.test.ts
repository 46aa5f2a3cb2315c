import { describe, expect, it } from 'vitest';
import { exitCodes, flagOf, settingKeys } from '../config/index.ts';
import { testCommand } from './commands/test.ts';
import { describeCommand, describeProgram } from './help.ts';

const program = describeProgram([testCommand], [{ line: 'harness test --time 300', explanation: 'five minutes' }], false);
const ofTest = describeCommand(testCommand, false);

describe('help', () => {
  it.each([
    ['of the program', program],
    ['of a command', ofTest],
  ])('%s fits a terminal of 100 columns', (_, text) => {
    expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('shows every exit code', () => {
    for (const { code, meaning } of Object.values(exitCodes)) {
      expect(program).toContain(`${code}  ${meaning}`);
      expect(ofTest).toContain(`${code}  ${meaning}`);
    }
  });

  it('shows every setting as a flag, once', () => {
    for (const key of settingKeys) expect(ofTest.split('\n').filter((line) => line.startsWith(`  --${flagOf(key)} `))).toHaveLength(1);
  });

  it('shows examples, and colour only where it is wanted', () => {
    expect(program).toContain('  harness test --time 300\n      five minutes');
    expect(program).not.toContain('\u001b');
    expect(describeProgram([testCommand], [], true)).toContain('\u001b[1mUsage');
  });
});
