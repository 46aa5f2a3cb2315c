/** Everything a configuration asks for, once: a session, a verdict, the reports, an exit code. */
import path from 'node:path';
import { type Checker, type CheckLimits, composeVerdict } from '../../checkers/index.ts';
import { checkerRegistry } from '../../checkers/registry.ts';
import { nemeses, type SchedulePlan } from '../../nemesis/index.ts';
import { type ReportInput, runReporters } from '../../reports/index.ts';
import { exitCodeForVerdict, exitCodes, type ResolvedConfig } from '../config/index.ts';
import { type RunEvidence, readJsonLines, type SignalSample } from '../history/index.ts';
import { targets } from '../targets/index.ts';
import { workloads } from '../workloads/index.ts';
import { startRunClock } from './clock.ts';
import { readTraffic } from './collect.ts';
import { controlBugOf, runControl } from './control.ts';
import type { RunIo } from './io.ts';
import { readNodeLogs } from './node-logs.ts';
import { createObserver } from './observer.ts';
import { courseChecker } from './remarks.ts';
import { createRunDirectory } from './run-directory.ts';
import { runFiles, saveRun } from './saved-run.ts';
import { writeSchedule } from './schedule-file.ts';
import { scheduled } from './scheduled.ts';
import { runSession, type SessionOptions, type SessionResult, sessionLimits } from './session.ts';
import { summarize } from './summary.ts';

export interface RunResult {
  readonly exitCode: number;
  readonly runDirectory: string;
  readonly report: ReportInput;
}

const registry = new Map(nemeses.map((nemesis) => [nemesis.name, nemesis]));

const checkLimits: CheckLimits = { timeMs: 60_000, memoryBytes: 2 * 1024 ** 3 };

/**
 * `plan` takes the place of the faults that the configuration asks for. Throws `InfrastructureError` when the target can't be deployed;
 * everything that was started is stopped by then.
 */
export async function runTest(config: ResolvedConfig, io: RunIo, plan: SchedulePlan = scheduled(config)): Promise<RunResult> {
  const target = named(targets, config.target);
  if (config.control) controlBugOf({ target });
  const workload = named(workloads, config.workload);
  const clock = startRunClock();
  const runDirectory = createRunDirectory(config.runsDirectory, config.name, clock.startedAtIso);
  io.announceRunDirectory(runDirectory);
  writeSchedule(path.join(runDirectory, runFiles.schedule), { seed: config.seed, plan });

  const observer = createObserver(config, io, clock);
  let session: SessionResult;
  try {
    const options: SessionOptions = {
      config,
      target,
      workload,
      nemeses: registry,
      plan,
      runDirectory,
      clock,
      signal: io.signal,
      observer,
      limits: sessionLimits,
    };
    session = await runSession(options);
    const controlled = config.control && !io.signal.aborted ? await runControl(options, session) : undefined;
    observer.phase('decide');
    const evidence: RunEvidence = {
      history: session.history,
      traffic: await readTraffic(path.join(runDirectory, runFiles.traffic)),
      ...(await readNodeLogs(runDirectory, target)),
      faults: controlled?.faults ?? session.faults,
      windows: session.windows,
      signals: (await readJsonLines(path.join(runDirectory, runFiles.signals), (value) => value as SignalSample)).values,
      replicas: session.replicas,
      ...(target.fenceRefusal === undefined ? {} : { fenceRefusal: target.fenceRefusal }),
      workload: config.workload,
      nemeses: config.nemeses.map(({ name }) => name),
      ...(session.ledger === undefined ? {} : { ledger: session.ledger }),
      ...(controlled === undefined ? {} : { control: controlled.control }),
    };
    const verdict = await composeVerdict(evidence, [...checkersFor(config), courseChecker(session.remarks)], checkLimits);
    const leftovers = [...session.leftovers, ...(controlled?.leftovers ?? [])];
    const exitCode =
      leftovers.length > 0 ? exitCodes.leftovers.code : exitCodeForVerdict(verdict.verdict, { allowUnknown: config.allowUnknown });
    const report: ReportInput = { verdict, evidence, run: summarize({ config, clock, runDirectory, session, exitCode }) };
    observer.phase('report');
    await saveRun({ config, report });
    observer.stop();
    await runReporters(config.reporters, report, { runDirectory, colour: io.colour, stdout: io.stdout, stderr: io.stderr });
    for (const leftover of leftovers) io.stderr(`left behind: ${leftover}; \`harness recover\` ends it\n`);
    return { exitCode, runDirectory, report };
  } finally {
    observer.stop();
  }
}

function named<Entry extends { readonly name: string }>(entries: readonly Entry[], name: string): Entry {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`nothing is registered under the name ${name}; the configuration should have been refused`);
  return found;
}

function checkersFor(config: ResolvedConfig): readonly Checker[] {
  const wanted = config.checkers;
  return wanted === undefined ? checkerRegistry : checkerRegistry.filter((checker) => wanted.includes(checker.name));
}
