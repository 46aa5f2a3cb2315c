/** From the words typed to an exit status: signals, crashes, and whatever else ends a command before its time. */
import { exitCodes } from '../config/index.ts';
import type { RunIo } from '../run/io.ts';
import { watchForCrashes } from './crash.ts';
import { dispatch } from './dispatch.ts';
import { describeFailure } from './failure.ts';
import { watchForInterruption } from './interruption.ts';
import { openTerminal } from './terminal.ts';

/** How long a run may take to heal after an exception that nobody caught. */
const healDeadlineMs = 30_000;

const recoverHint = 'nodes may still run, end them with: harness recover';

/** Does what `host.argv` asks for. Never throws; resolves with the exit status once everything printed has left. */
export async function runCommandLine(host: NodeJS.Process): Promise<number> {
  const words = host.argv.slice(2);
  const terminal = openTerminal(host.stdout, host.stderr, host.env);
  const verbose = words.includes('--verbose') || ['1', 'true'].includes(host.env['SEAMPROOF_VERBOSE'] ?? '');
  let ownsNodes = false;
  let runDirectory: string | undefined;

  const explain = (error: unknown): number => {
    const { text, exitCode } = describeFailure(error, { verbose, runDirectory });
    terminal.stderr(text);
    return exitCode;
  };
  const interruption = watchForInterruption({
    source: host,
    nowMs: () => performance.now(),
    onFirst: ({ signalName, exitCode }) => {
      if (!ownsNodes) host.exit(exitCode);
      terminal.stderr(`\n${signalName}: healing, collecting and reporting; once more to leave at once\n`);
    },
    onSecond: ({ signalName, exitCode }) => {
      terminal.stderr(`\n${signalName} again: leaving at once; ${recoverHint}\n`);
      host.exit(exitCode);
    },
  });
  const crashes = watchForCrashes({
    source: host,
    explain,
    ownsNodes: () => ownsNodes,
    heal: (error) => interruption.abort(error),
    healDeadlineMs,
    onHealingTooSlow: () => terminal.stderr(`harness: gave up healing; ${recoverHint}\n`),
    exit: (exitCode) => host.exit(exitCode),
  });

  const io: RunIo = {
    ...terminal,
    signal: interruption.signal,
    announceRunDirectory: (directory) => {
      runDirectory = directory;
    },
  };
  const context = {
    io,
    environment: host.env,
    workingDirectory: host.cwd(),
    onCommand: (command: { readonly ownsNodes?: true }) => {
      ownsNodes = command.ownsNodes === true;
    },
  };
  const exitCode = await dispatch(words, context).catch(explain);
  crashes.stop();
  interruption.stop();
  await terminal.drain();
  return crashes.crashed() ? exitCodes.internal.code : exitCode;
}
