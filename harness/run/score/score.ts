/**
 * The score that proves the checkers notice: how many seeded bugs they kill, and how often they accuse a pipeline that has none. A bug counts
 * as killed only when the checker that is named for it found the violation: any other may have been lucky.
 */
import { exitCodes, worstExitCode } from '../../config/index.ts';
import type { Verdict } from '../../history/index.ts';
import type { TrialWithReport } from '../trial.ts';
import { detectionTimes } from './detection.ts';
import type { ScoreRun } from './plan.ts';

/** One run and what came of it. */
export interface ScoredRun {
  readonly bug?: string;
  readonly nemesis: string;
  readonly workload: string;
  readonly seed: number;
  /** Absent when the target could not be deployed. */
  readonly verdict?: Verdict;
  readonly summary: string;
  /** The checker that must catch the bug. */
  readonly caughtBy?: string;
  /** By checker that found a violation: milliseconds of load until it could be known, `null` for the end of the run. */
  readonly detectedMs: Readonly<Record<string, number | null>>;
  readonly outcome: 'killed' | 'survived' | 'not-run' | 'valid' | 'unknown' | 'false-alarm';
  readonly exitCode: number;
  readonly durationMs: number;
  readonly runDirectory?: string;
}

export function scoreRun({ bug, seed, flags }: ScoreRun, trial: TrialWithReport): ScoredRun {
  const { verdict, summary, exitCode, durationMs, runDirectory, report } = trial;
  return {
    ...(bug === undefined ? {} : { bug: bug.name, caughtBy: bug.caughtBy }),
    nemesis: String(flags['nemesis']),
    workload: String(flags['workload']),
    seed,
    ...(verdict === undefined ? {} : { verdict }),
    summary,
    detectedMs: report === undefined ? {} : detectionTimes(report),
    outcome: outcomeOf(bug?.caughtBy, trial),
    exitCode,
    durationMs,
    ...(runDirectory === undefined ? {} : { runDirectory }),
  };
}

function outcomeOf(caughtBy: string | undefined, { verdict, violated }: TrialWithReport): ScoredRun['outcome'] {
  if (verdict === undefined) return 'not-run';
  if (caughtBy !== undefined) return violated.includes(caughtBy) ? 'killed' : 'survived';
  return verdict === 'invalid' ? 'false-alarm' : verdict;
}

export interface Score {
  readonly runs: readonly ScoredRun[];
  readonly killed: number;
  readonly survived: number;
  readonly falseAlarms: number;
  /** Reference runs that held everything they exercised, and those that showed nothing. */
  readonly clean: number;
  readonly unknown: number;
  readonly exitCode: number;
}

export function totalScore(runs: readonly ScoredRun[]): Score {
  const count = (outcome: ScoredRun['outcome']): number => runs.filter((run) => run.outcome === outcome).length;
  const [survived, falseAlarms] = [count('survived'), count('false-alarm')];
  const verdict = runs.length === 0 ? exitCodes.unknown : survived + falseAlarms > 0 ? exitCodes.invalid : exitCodes.valid;
  // That a run with a bug is invalid is as it should be; what could not be deployed or left something behind is not.
  const broken = runs.map(({ exitCode }) => exitCode).filter((code) => code === exitCodes.deploy.code || code === exitCodes.leftovers.code);
  return {
    runs,
    killed: count('killed'),
    survived,
    falseAlarms,
    clean: count('valid'),
    unknown: count('unknown'),
    exitCode: worstExitCode([verdict.code, ...broken]),
  };
}
