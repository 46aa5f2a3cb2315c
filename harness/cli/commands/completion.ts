/** `harness completion`: the script that teaches a shell our commands, flags and names. */
import { exitCodes } from '../../config/index.ts';
import type { Command } from '../command.ts';

export function createCompletionCommand(print: () => void): Command {
  return {
    name: 'completion',
    positionals: '',
    summary: 'Print a completion script for bash, zsh or fish (by $SHELL)',
    flags: [],
    examples: [{ line: 'harness completion >> ~/.bashrc', explanation: 'from the next shell on' }],
    run: () => {
      print();
      return Promise.resolve(exitCodes.valid.code);
    },
  };
}
