/** One run among several: what it came to, in the few figures by which runs are counted and compared. */
import type { SchedulePlan } from '../../nemesis/index.ts';
import type { ReportInput } from '../../reports/index.ts';
import { exitCodes, type ResolvedConfig } from '../config/index.ts';
import type { Verdict } from '../history/index.ts';
import { InfrastructureError } from '../infrastructure-error.ts';
import type { RunIo } from './io.ts';
import { runTest } from './run-test.ts';

export interface Trial {
  readonly exitCode: number;
  /** Absent when the target could not be deployed: that run says nothing. */
  readonly verdict?: Verdict;
  /** One sentence. */
  readonly summary: string;
  /** Checkers that found a violation. */
  readonly violated: readonly string[];
  readonly durationMs: number;
  readonly runDirectory?: string;
}

/** A trial with everything that was seen in it. */
export interface TrialWithReport extends Trial {
  readonly report?: ReportInput;
}

/** Reporters that write to standard output would talk over whoever counts the runs. */
const speaking: ReadonlySet<string> = new Set(['list', 'json']);

/** Runs once, quietly, with files alone as reports. A target that could not be deployed is a result too; anything else that breaks is thrown. */
export async function runTrial(config: ResolvedConfig, io: RunIo, plan?: SchedulePlan): Promise<TrialWithReport> {
  const reporters = config.reporters.filter((name) => !speaking.has(name));
  const startedAtMs = performance.now();
  try {
    const { exitCode, runDirectory, report } = await runTest({ ...config, reporters, quiet: !config.verbose }, io, plan);
    const { verdict, summary, checkers } = report.verdict;
    const violated = Object.entries(checkers).flatMap(([name, result]) => (result.verdict === 'invalid' ? [name] : []));
    return { exitCode, verdict, summary, violated, durationMs: report.run.durationMs, runDirectory, report };
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    const summary = [error.message, ...(error.advice === undefined ? [] : [error.advice])].join('; ');
    return { exitCode: exitCodes[error.failure].code, summary, violated: [], durationMs: performance.now() - startedAtMs };
  }
}
