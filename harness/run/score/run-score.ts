/** Carries out the plan of a score, one run after the other. */
import { exitCodes, worstExitCode } from '../../config/index.ts';
import type { TrialWithReport } from '../trial.ts';
import type { ScoreRun } from './plan.ts';
import { type Score, type ScoredRun, scoreRun, totalScore } from './score.ts';

export interface RunScoreOptions {
  readonly plan: readonly ScoreRun[];
  readonly run: (planned: ScoreRun) => Promise<TrialWithReport>;
  /** Once it is aborted, nothing more is begun, and the run that it cut short is not counted. */
  readonly signal: AbortSignal;
  readonly onBegin: (planned: ScoreRun, number: number) => void;
  readonly onScored: (scored: ScoredRun, trial: TrialWithReport) => void | Promise<void>;
}

export async function runScore({ plan, run, signal, onBegin, onScored }: RunScoreOptions): Promise<Score> {
  const runs: ScoredRun[] = [];
  let leftBehind = false;
  for (const [index, planned] of plan.entries()) {
    if (signal.aborted) break;
    onBegin(planned, index + 1);
    const trial = await run(planned);
    leftBehind ||= trial.exitCode === exitCodes.leftovers.code;
    if (signal.aborted) break;
    const scored = scoreRun(planned, trial);
    runs.push(scored);
    await onScored(scored, trial);
  }
  const score = totalScore(runs);
  return leftBehind ? { ...score, exitCode: worstExitCode([score.exitCode, exitCodes.leftovers.code]) } : score;
}
