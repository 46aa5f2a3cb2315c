/** What the shell asks when somebody presses Tab: commands, their flags, and the names a flag may have. */
import type { Catalogue } from '../config/index.ts';
import { formats, modelNames } from './check/options.ts';
import type { Command } from './command.ts';
import { listable } from './commands/list.ts';
import { commonFlags } from './help.ts';
import { createParser } from './parser.ts';

/** How the completion script calls us, with the words typed so far after it. */
export const completionRequest = '--get-yargs-completions';

/** Prints the script to source in a shell, for bash, zsh or fish according to `$SHELL`. */
export function printCompletionScript(commands: readonly Command[]): void {
  createParser(commands, () => {}).showCompletionScript();
}

/** `words` are those typed so far, the command's own name first and the unfinished one last. */
export function complete(words: readonly string[], commands: readonly Command[], catalogue: Catalogue): readonly string[] {
  const current = words.at(-1) ?? '';
  const previous = words.at(-2) ?? '';
  const values = previous === 'list' ? listable : valuesOf(previous, catalogue);
  if (values !== undefined) return completeLast(values, current);
  const command = commands.find(({ name }) => words.slice(1, -1).includes(name));
  const candidates =
    command === undefined ? commands.map(({ name }) => name) : [...command.flags, ...commonFlags].map(({ name }) => `--${name}`);
  return candidates.filter((candidate) => candidate.startsWith(current) && !words.slice(0, -1).includes(candidate));
}

function valuesOf(flag: string, catalogue: Catalogue): readonly string[] | undefined {
  const names = (entries: readonly { readonly name: string }[]) => entries.map(({ name }) => name);
  switch (flag) {
    case '--nemesis':
      return names(catalogue.nemeses);
    case '--workload':
      return names(catalogue.workloads);
    case '--target':
      return names(catalogue.targets);
    case '--bug':
      return names(catalogue.bugs);
    case '--driver':
      return names(catalogue.drivers);
    case '--model':
      return modelNames;
    case '--format':
      return formats;
    case '--checkers':
      return names(catalogue.checkers);
    case '--reporter':
    case '--add-reporter':
      return names(catalogue.reporters);
    default:
      return undefined;
  }
}

/** Values separated by commas are completed one at a time. */
function completeLast(values: readonly string[], current: string): readonly string[] {
  const comma = current.lastIndexOf(',') + 1;
  const head = current.slice(0, comma);
  return values.filter((value) => value.startsWith(current.slice(comma))).map((value) => head + value);
}
