/** One run, or the same several times: a line for each, the whole report of those that fail, and the rate. */
import type { SchedulePlan } from '../../nemesis/index.ts';
import { formatDuration, formatShare, plural, runReporters, verdictMark } from '../../reports/index.ts';
import { exitCodes, type ResolvedConfig } from '../config/index.ts';
import type { Repetition } from '../run/repeat.ts';
import type { Trial, TrialWithReport } from '../run/trial.ts';
import type { Session } from './command.ts';
import { exitCodeAfter } from './interrupted-exit.ts';

/** Resolves with the exit status: the worst of all runs. `plan` takes the place of the faults that the configuration asks for. */
export async function runRepeatedly(config: ResolvedConfig, { io }: Session, plan?: SchedulePlan): Promise<number> {
  const { runTest } = await import('../run/index.ts');
  if (config.repeat === 1) return exitCodeAfter((await runTest(config, io, plan)).exitCode, io.signal);
  const [{ repeatRun }, { runTrial }] = await Promise.all([import('../run/repeat.ts'), import('../run/trial.ts')]);
  const repetition = await repeatRun({
    times: config.repeat,
    keepGoing: config.keepGoing,
    run: () => runTrial(config, io, plan),
    signal: io.signal,
    onTrial: async (trial, number) => {
      if (config.json) return;
      if (config.reporters.includes('list')) await showFailure(trial, { io });
      io.stdout(`run ${number} of ${config.repeat}  ${describeTrial(trial)}\n`);
    },
  });
  io.stdout(config.json ? `${JSON.stringify(jsonOf(repetition, config))}\n` : `\n${describeRate(repetition, config)}\n`);
  return exitCodeAfter(repetition.exitCode, io.signal);
}

async function showFailure({ report, exitCode }: TrialWithReport, { io }: Pick<Session, 'io'>): Promise<void> {
  if (report === undefined || exitCode === exitCodes.valid.code) return;
  const { runDirectory } = report.run;
  await runReporters(['list'], report, { runDirectory, colour: io.colour, stdout: io.stdout, stderr: io.stderr });
}

/** `✗ invalid: fencing  41.2 s  runs/…` */
function describeTrial({ verdict, violated, durationMs, runDirectory, summary }: Trial): string {
  if (verdict === undefined) return `not run: ${summary}`;
  const what = violated.length === 0 ? verdict : `${verdict}: ${violated.join(', ')}`;
  return `${verdictMark[verdict]} ${what}  ${formatDuration(durationMs)}  ${runDirectory ?? ''}`;
}

function describeRate({ trials, failures }: Repetition, { keepGoing, repeat }: ResolvedConfig): string {
  const rate = `${failures} of ${plural(trials.length, 'run')} failed (${formatShare(failures, trials.length)})`;
  if (trials.length === repeat) return rate;
  return failures > 0 && !keepGoing
    ? `${rate}; stopped at the first failure, --keep-going goes on`
    : `${rate}; interrupted before all ${repeat} were done`;
}

function jsonOf({ trials, failures, exitCode }: Repetition, { seed, repeat }: ResolvedConfig) {
  return {
    schemaVersion: 1,
    seed,
    repeat,
    runs: trials,
    failures,
    failureRate: trials.length === 0 ? null : failures / trials.length,
    exitCode,
  };
}
