/** The grammar, by yargs: which command, which flags, in strict mode. Values stay text here; `harness/config` reads them. */
import yargs from 'yargs';
import { suggest, UsageError } from '../config/index.ts';
import type { Arguments, Command } from './command.ts';
import { commonFlags } from './help.ts';

export interface ParsedCommand {
  readonly command: Command;
  readonly args: Arguments;
}

/** The one complaint of yargs we can say more about. Its wording is stable because the locale is pinned. */
const unknownArguments = /^Unknown arguments?: (.*)$/;

export function createParser(commands: readonly Command[], choose: (parsed: ParsedCommand) => void) {
  const parser = yargs()
    .scriptName('harness')
    .locale('en')
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
    })
    .help(false)
    .version(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .strict()
    .demandCommand(1, 'no command was given');
  for (const command of commands) {
    const signature = command.positionals === '' ? command.name : `${command.name} ${command.positionals}`;
    parser.command(
      signature,
      command.summary,
      (builder) => {
        for (const { name, kind, description } of [...command.flags, ...commonFlags]) {
          builder.option(
            name,
            kind === 'switch' ? { type: 'boolean', describe: description } : { type: 'string', requiresArg: true, describe: description },
          );
        }
        return builder;
      },
      (args) => {
        choose({ command, args });
      },
    );
  }
  return parser;
}

/** Throws a `UsageError` when the words make no sense. */
export async function parseArguments(words: readonly string[], commands: readonly Command[]): Promise<ParsedCommand> {
  refuseOddSwitches(words, commands);
  const chosen: ParsedCommand[] = [];
  const parser = createParser(commands, (parsed) => chosen.push(parsed));
  parser.fail((message: string | null, error: Error | undefined) => {
    if (error !== undefined && error.name !== 'YError') throw error;
    throw usageErrorOf(error?.message ?? message ?? 'the arguments could not be read', words, commands);
  });
  await parser.parseAsync([...words]);
  const [parsed] = chosen;
  if (parsed === undefined) throw new Error('yargs ran no command and complained of nothing');
  const [, stray] = parsed.args['_'] as readonly string[];
  if (stray !== undefined) throw unexpectedWord(stray, parsed.command);
  return parsed;
}

/** Yargs takes `--json=anything` for `--json=false`. */
function refuseOddSwitches(words: readonly string[], commands: readonly Command[]): void {
  const switches = new Set(commands.flatMap(({ flags }) => flags.filter(({ kind }) => kind === 'switch').map(({ name }) => name)));
  for (const word of words) {
    const [, name = '', value = ''] = /^--([a-z-]+)=(.*)$/s.exec(word) ?? [];
    if (!switches.has(name) || value === 'true' || value === 'false') continue;
    throw new UsageError({
      code: 'invalid-value',
      happened: `--${name} is ${JSON.stringify(value)}`,
      expected: 'true or false',
      advice: `--${name} or --no-${name}`,
    });
  }
}

function usageErrorOf(message: string, words: readonly string[], commands: readonly Command[]): UsageError {
  const command = commands.find(({ name }) => words.includes(name));
  const advice = command === undefined ? 'harness --help' : `harness ${command.name} --help`;
  const [, unknown] = unknownArguments.exec(message) ?? [];
  if (unknown === undefined) return new UsageError({ code: 'invalid-arguments', happened: explain(message), advice });
  const [first = ''] = words;
  if (command === undefined && !first.startsWith('-')) return unknownCommand(first, commands);
  const [word = ''] = unknown.split(', ');
  // Yargs calls a stray word an argument whether it was meant as a flag or as a command.
  if (words.some((typed) => typed.startsWith('-') && typed.replace(/^-+/, '').split('=')[0] === word))
    return unknownFlag(word, command, commands);
  return command === undefined ? unknownCommand(word, commands) : unexpectedWord(word, command);
}

/** Yargs' own words for the few complaints that are left, made plainer. */
function explain(message: string): string {
  const [, flag] = /^Not enough arguments following: (.*)$/.exec(message) ?? [];
  if (flag !== undefined) return `--${flag} was given without a value`;
  if (message.startsWith('Not enough non-option arguments')) return 'an argument is missing';
  return message.replaceAll('\n', ' ');
}

function unknownFlag(flag: string, command: Command | undefined, commands: readonly Command[]): UsageError {
  const known = command === undefined ? commands.flatMap(({ flags }) => flags) : command.flags;
  const meant = suggest(
    flag,
    [...known, ...commonFlags].map(({ name }) => name),
  );
  return new UsageError({
    code: 'unknown-flag',
    happened: command === undefined ? `there is no flag --${flag}` : `harness ${command.name} has no flag --${flag}`,
    advice: meant === undefined ? `harness${command === undefined ? '' : ` ${command.name}`} --help` : `--${meant}`,
  });
}

function unknownCommand(word: string, commands: readonly Command[]): UsageError {
  const names = commands.map(({ name }) => name);
  const meant = suggest(word, names);
  return new UsageError({
    code: 'unknown-command',
    happened: `there is no command "${word}"`,
    expected: `one of ${names.join(', ')}`,
    advice: meant === undefined ? 'harness --help' : `harness ${meant}`,
  });
}

function unexpectedWord(word: string, command: Command): UsageError {
  return new UsageError({
    code: 'invalid-arguments',
    happened: `harness ${command.name} does not know what to do with "${word}"`,
    expected: `harness ${command.name}${command.positionals === '' ? '' : ` ${command.positionals}`} [flags]`,
    advice: `harness ${command.name} --help`,
  });
}
