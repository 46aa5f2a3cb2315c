/** Help, version, completion, or one of the commands. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '../config/index.ts';
import { loadCatalogue } from './catalogue.ts';
import type { Command, Example, Session } from './command.ts';
import { bugsCommand } from './commands/bugs.ts';
import { checkCommand } from './commands/check.ts';
import { compareCommand } from './commands/compare.ts';
import { createCompletionCommand } from './commands/completion.ts';
import { doctorCommand } from './commands/doctor.ts';
import { listCommand } from './commands/list.ts';
import { recoverCommand } from './commands/recover.ts';
import { replayCommand } from './commands/replay.ts';
import { reportCommand } from './commands/report.ts';
import { shrinkCommand } from './commands/shrink.ts';
import { testCommand } from './commands/test.ts';
import { complete, completionRequest, printCompletionScript } from './completion.ts';
import { describeCommand, describeProgram } from './help.ts';
import { parseArguments } from './parser.ts';

const commands: readonly Command[] = [
  testCommand,
  replayCommand,
  shrinkCommand,
  checkCommand,
  compareCommand,
  bugsCommand,
  reportCommand,
  listCommand,
  recoverCommand,
  doctorCommand,
  createCompletionCommand(() => printCompletionScript(commands)),
];

const examples: readonly Example[] = [
  { line: 'harness test --nemesis pause-leader --time 300', explanation: 'pause whoever leads, again and again, for five minutes' },
  { line: 'harness test --bug fence-one-replica-skips --nemesis pause-leader', explanation: 'plant a bug and see it caught' },
  { line: 'harness list nemeses', explanation: 'every fault, its options, and how its effect is proven' },
];

export interface DispatchContext extends Omit<Session, 'loadCatalogue'> {
  /** Told which command is about to run. */
  readonly onCommand: (command: Command) => void;
}

/** Resolves with the exit status; rejects with whatever broke the command off. */
export async function dispatch(words: readonly string[], { onCommand, ...context }: DispatchContext): Promise<number> {
  const { io } = context;
  const [first = ''] = words;
  if (first === completionRequest) {
    const suggestions = complete(words.slice(1), commands, await loadCatalogue());
    io.stdout(suggestions.map((suggestion) => `${suggestion}\n`).join(''));
    return exitCodes.valid.code;
  }
  if (words.some((word) => word === '--help' || word === '-h') || first === 'help') {
    const command = commands.find(({ name }) => words.includes(name));
    io.stdout(command === undefined ? describeProgram(commands, examples, io.colour) : describeCommand(command, io.colour));
    return exitCodes.valid.code;
  }
  if (first === '--version' || first === '-v') {
    io.stdout(`${packageVersion()}\n`);
    return exitCodes.valid.code;
  }
  const { command, args } = await parseArguments(words, commands);
  onCommand(command);
  return await command.run(args, { ...context, loadCatalogue });
}

/** From our own package.json, wherever this file was compiled to. */
function packageVersion(): string {
  for (let directory = new URL('.', import.meta.url); directory.pathname !== '/'; directory = new URL('..', directory)) {
    const { name, version } = readManifest(new URL('package.json', directory));
    if (name === 'seamproof' && version !== undefined) return version;
  }
  throw new Error(`no package.json of seamproof above ${fileURLToPath(import.meta.url)}`);
}

function readManifest(file: URL): { readonly name?: string; readonly version?: string } {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { readonly name?: string; readonly version?: string };
  } catch {
    return {};
  }
}
