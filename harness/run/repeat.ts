/** The same schedule several times: a failure that depends on the interleaving shows in some runs and not in others, and the rate says how often. */
import { exitCodes, worstExitCode } from '../config/index.ts';
import type { Trial, TrialWithReport } from './trial.ts';

export interface RepeatOptions {
  readonly times: number;
  /** After a failure, too. */
  readonly keepGoing: boolean;
  readonly run: () => Promise<TrialWithReport>;
  /** Once it is aborted, nothing more is begun, and the run that it cut short is not counted. */
  readonly signal: AbortSignal;
  readonly onTrial: (trial: TrialWithReport, number: number) => void | Promise<void>;
}

export interface Repetition {
  readonly trials: readonly Trial[];
  /** Runs that did not leave with 0. */
  readonly failures: number;
  /** The worst of all. */
  readonly exitCode: number;
}

export async function repeatRun({ times, keepGoing, run, signal, onTrial }: RepeatOptions): Promise<Repetition> {
  const trials: Trial[] = [];
  const codes: number[] = [];
  while (trials.length < times && !signal.aborted) {
    // What a run saw is not kept: a hundred of them would not fit.
    const { report, ...trial } = await run();
    // Whatever an interruption does to a verdict, what was left behind is there.
    if (!signal.aborted || trial.exitCode === exitCodes.leftovers.code) codes.push(trial.exitCode);
    if (signal.aborted) break;
    trials.push(trial);
    await onTrial({ ...trial, ...(report === undefined ? {} : { report }) }, trials.length);
    if (trial.exitCode !== exitCodes.valid.code && !keepGoing) break;
  }
  const failures = trials.filter(({ exitCode }) => exitCode !== exitCodes.valid.code).length;
  return { trials, failures, exitCode: worstExitCode(codes) };
}
