/** The run that is to be shrunk: what it did, how it failed, and the configuration of a run that does less. */
import { nemeses } from '../../../nemesis/index.ts';
import { type ResolvedConfig, suggest, UsageError } from '../../config/index.ts';
import { workloads } from '../../workloads/index.ts';
import { readRun, readRunSetup } from '../saved-run.ts';
import { scheduleSettings } from '../schedule-file.ts';
import { detectionTimes } from '../score/detection.ts';
import type { Candidate, LengthOf } from './candidate.ts';

export interface Subject {
  readonly directory: string;
  readonly config: ResolvedConfig;
  readonly original: Candidate;
  /** A smaller run must fail with this one. */
  readonly checker: string;
  /** Milliseconds of load until its violation could be known; absent when that was at the end. */
  readonly detectedMs?: number;
  readonly lengthOf: LengthOf;
}

/** The only checker that judges while a run goes on, and so can end it early. */
const judgesEarly = 'linearizable';

/** `checker` names the one that must still fail; without it, the first that did. Throws a `UsageError` when the run didn't fail so. */
export async function openSubject(given: string, checker: string | undefined): Promise<Subject> {
  const { directory, config, plan, verdict } = await readRunSetup(given, nemeses);
  const violated = Object.entries(verdict.checkers).flatMap(([name, result]) => (result.verdict === 'invalid' ? [name] : []));
  const wanted = checker ?? violated[0];
  if (wanted === undefined || !violated.includes(wanted)) throw notFailed(directory, verdict.verdict, checker, violated);
  const { report } = await readRun(directory);
  const detectedMs = detectionTimes(report)[wanted] ?? undefined;
  const ratePerSecond = config.rate ?? workloads.find(({ name }) => name === config.workload)?.defaults.ratePerSecond;
  if (ratePerSecond === undefined) throw new Error(`nothing is registered under the name ${config.workload}`);
  return {
    directory,
    config,
    original: { plan, ratePerSecond },
    checker: wanted,
    ...(detectedMs === undefined ? {} : { detectedMs }),
    lengthOf: ({ nemesis, options }) =>
      nemeses.find(({ name }) => name === nemesis)?.typicalDurationMs({ leaseMs: config.leaseMs }, options) ?? 0,
  };
}

/** As the run was configured, with the faults and the load of the candidate. */
export function candidateConfig({ config, original, checker }: Subject, { plan, ratePerSecond }: Candidate): ResolvedConfig {
  const settled = scheduleSettings({ seed: config.seed, plan });
  return {
    ...config,
    ...(ratePerSecond === original.ratePerSecond ? {} : { rate: ratePerSecond }),
    timeMs: settled.timeMs,
    nemeses: settled.nemeses.map((name) => ({ name, options: {} })),
    // What has failed already need not go on.
    failFast: config.failFast || checker === judgesEarly,
    repeat: 1,
  };
}

function notFailed(directory: string, verdict: string, checker: string | undefined, violated: readonly string[]): UsageError {
  if (violated.length === 0 || checker === undefined) {
    return new UsageError({
      code: 'run-did-not-fail',
      happened: `the run in ${directory} is ${verdict}`,
      expected: 'one in which a checker found a violation',
    });
  }
  return new UsageError({
    code: 'run-did-not-fail',
    happened: `in the run in ${directory}, ${checker} found no violation`,
    expected: `one of ${violated.join(', ')}`,
    advice: `--checker ${suggest(checker, violated) ?? violated[0] ?? ''}`,
  });
}
