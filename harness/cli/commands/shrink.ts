/** `harness shrink`: the smallest schedule and load that still fail as a run did. */
import path from 'node:path';
import { nemeses } from '../../../nemesis/index.ts';
import { formatDuration, plural } from '../../../reports/index.ts';
import { defaults, durationSyntax, exitCodes, parseDurationMs, replayCommand, UsageError } from '../../config/index.ts';
import { lengthMs } from '../../run/schedule-file.ts';
import {
  type Candidate,
  candidateConfig,
  openSubject,
  type ShrinkResult,
  type Shrunk,
  saveShrunk,
  shrink,
  shrunkDirectory,
} from '../../run/shrink/index.ts';
import type { Command } from '../command.ts';
import { exitCodeAfter } from '../interrupted-exit.ts';
import { describeShrunk } from '../shrink-words.ts';
import { wholeNumber } from '../whole-number.ts';

const usual = { runs: 3, maxRuns: 60, maxTimeMs: 30 * 60_000 };
const most = 10_000;

export const shrinkCommand: Command = {
  name: 'shrink',
  positionals: '<run>',
  summary: 'Find the smallest schedule and load that still fail as a run did',
  flags: [
    {
      name: 'checker',
      group: 'What is looked for',
      kind: 'value',
      placeholder: 'name',
      description: 'Checker that must still fail',
      defaultText: 'the first that did',
    },
    {
      name: 'runs',
      group: 'Effort',
      kind: 'value',
      placeholder: 'number',
      description: 'How often each candidate is run at most; it fails when most of them do',
      defaultText: String(usual.runs),
    },
    {
      name: 'max-runs',
      group: 'Effort',
      kind: 'value',
      placeholder: 'number',
      description: 'Runs altogether',
      defaultText: String(usual.maxRuns),
    },
    {
      name: 'max-time',
      group: 'Effort',
      kind: 'value',
      placeholder: 'duration',
      description: 'Begin no run after this time',
      defaultText: '30m',
    },
    {
      name: 'runs-directory',
      group: 'Results',
      kind: 'value',
      placeholder: 'path',
      description: 'Where its runs are kept',
      defaultText: 'runs',
    },
    { name: 'json', group: 'Results', kind: 'switch', description: 'Print one JSON object' },
    { name: 'quiet', group: 'Results', kind: 'switch', description: 'No progress' },
  ],
  examples: [
    { line: 'harness shrink runs/latest', explanation: 'the newest run; the result is kept in its directory, also when interrupted' },
    { line: 'harness shrink runs/latest --runs 1', explanation: 'for what always fails: three times as fast' },
  ],
  ownsNodes: true,
  run: async (args, { io, workingDirectory }) => {
    const runs = wholeNumber('runs', args['runs'], 1, most) ?? usual.runs;
    const maxRuns = wholeNumber('max-runs', args['max-runs'], 1, most) ?? usual.maxRuns;
    const maxTimeMs = durationOf(args['max-time']) ?? usual.maxTimeMs;
    const checker = typeof args['checker'] === 'string' ? args['checker'] : undefined;
    const subject = await openSubject(path.resolve(workingDirectory, String(args['run'])), checker);
    const runsDirectory = typeof args['runs-directory'] === 'string' ? args['runs-directory'] : defaults.runsDirectory;
    const { runTrial } = await import('../../run/trial.ts');
    const tell = (text: string): void => (args['quiet'] === true ? undefined : io.stderr(`${text}\n`));

    const beganAtMs = performance.now();
    let spent = 0;
    let leftBehind = false;
    const mayGoOn = (): boolean => !io.signal.aborted && spent < maxRuns && performance.now() - beganAtMs < maxTimeMs;
    const asShrunk = (best: Candidate, { original, reproduction }: Pick<ShrinkResult, 'original' | 'reproduction'>): Shrunk => ({
      checker: subject.checker,
      seed: subject.config.seed,
      from: sizeOf(subject.original),
      to: sizeOf(best),
      original,
      reproduction,
      runs: spent,
      tookMs: performance.now() - beganAtMs,
      command: commandFor(best),
    });
    const scheduleFile = path.join(shrunkDirectory(subject.directory), 'schedule.json');
    const commandFor = (best: Candidate): string =>
      replayCommand({ ...candidateConfig(subject, best), schedule: path.relative(workingDirectory, scheduleFile) }, nemeses);
    const unmeasured = { failures: 0, runs: 0 };

    const result = await shrink({
      ...subject,
      runs,
      run: async (candidate) => {
        if (!mayGoOn()) return undefined;
        const config = {
          ...candidateConfig(subject, candidate),
          reporters: [],
          runsDirectory,
          name: `${subject.config.name}-shrink`.slice(-100),
        };
        const trial = await runTrial({ ...config, quiet: true, verbose: false }, io, candidate.plan);
        leftBehind ||= trial.exitCode === exitCodes.leftovers.code;
        if (io.signal.aborted) return undefined;
        spent += 1;
        const failed = trial.violated.includes(subject.checker);
        tell(`    ${failed ? 'fails' : `does not fail: ${trial.verdict ?? trial.summary}`}`);
        return failed;
      },
      onTry: (what, candidate) => {
        if (mayGoOn()) tell(`[${spent}/${maxRuns} runs] ${what}: ${describeSize(candidate)}`);
      },
      onSmaller: (best) => saveShrunk(subject.directory, best, asShrunk(best, { original: unmeasured, reproduction: unmeasured })),
    });
    const shrunk = asShrunk(result.best, result);
    if (result.reproduction.failures > 0) saveShrunk(subject.directory, result.best, shrunk);
    const isCutShort = spent >= maxRuns || performance.now() - beganAtMs >= maxTimeMs;
    if (args['json'] === true) io.stdout(`${JSON.stringify({ schemaVersion: 1, ...shrunk, faults: result.best.plan.faults })}\n`);
    else
      io.stdout(
        describeShrunk(shrunk, result.best.plan.faults, { isCutShort, directory: path.relative(workingDirectory, subject.directory) }),
      );
    const exitCode = result.original.failures > 0 ? exitCodes.valid.code : exitCodes.unknown.code;
    return exitCodeAfter(leftBehind ? exitCodes.leftovers.code : exitCode, io.signal);
  },
};

function sizeOf({ plan, ratePerSecond }: Candidate): Shrunk['to'] {
  return { faults: plan.faults.length, timeMs: lengthMs(plan), ratePerSecond };
}

function describeSize(candidate: Candidate): string {
  const { faults, timeMs, ratePerSecond } = sizeOf(candidate);
  return `${plural(faults, 'fault')} in ${formatDuration(timeMs)} at ${ratePerSecond}/s`;
}

function durationOf(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  const ms = typeof given === 'string' ? parseDurationMs(given) : undefined;
  if (ms !== undefined) return ms;
  throw new UsageError({ code: 'invalid-value', happened: `--max-time is ${JSON.stringify(given)}`, expected: durationSyntax });
}
