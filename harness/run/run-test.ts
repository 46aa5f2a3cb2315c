/** Everything a configuration asks for, once: a session, a verdict, the reports, an exit code. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Checker, type CheckLimits, composeVerdict } from '../../checkers/index.ts';
import { checkerRegistry } from '../../checkers/registry.ts';
import { nemeses } from '../../nemesis/index.ts';
import { type OutcomeCounts, type ReportInput, type RunSummary, runReporters } from '../../reports/index.ts';
import { createProgress } from '../cli/progress.ts';
import { exitCodeForVerdict, exitCodes, type ResolvedConfig, replayCommand } from '../config/index.ts';
import { NEMESIS, type Operation, type RunEvidence, type RunVerdict, readJsonLines, type SignalSample } from '../history/index.ts';
import { targets } from '../targets/index.ts';
import { workloads } from '../workloads/index.ts';
import { type RunClock, startRunClock } from './clock.ts';
import { readTraffic } from './collect.ts';
import type { RunIo } from './io.ts';
import { readNodeLogs } from './node-logs.ts';
import { planFor } from './plan.ts';
import { courseChecker } from './remarks.ts';
import { createRunDirectory } from './run-directory.ts';
import { runFiles, saveRun } from './saved-run.ts';
import { runSession, type SessionObserver, type SessionResult, sessionLimits } from './session.ts';

export interface RunResult {
  readonly exitCode: number;
  readonly runDirectory: string;
}

const checkLimits: CheckLimits = { timeMs: 60_000, memoryBytes: 2 * 1024 ** 3 };

/** Throws `InfrastructureError` when the target can't be deployed; everything that was started is stopped by then. */
export async function runTest(config: ResolvedConfig, io: RunIo): Promise<RunResult> {
  const target = named(targets, config.target);
  const workload = named(workloads, config.workload);
  const clock = startRunClock();
  const runDirectory = createRunDirectory(config.runsDirectory, config.name, clock.startedAtIso);
  io.announceRunDirectory(runDirectory);
  const registry = new Map(nemeses.map((nemesis) => [nemesis.name, nemesis]));
  const plan = planFor({ config, nemeses: registry });
  writeFileSync(
    path.join(runDirectory, 'schedule.json'),
    `${JSON.stringify({ schemaVersion: 1, seed: config.seed, ...plan }, undefined, 2)}\n`,
  );

  const observer = createObserver(config, io, clock);
  let session: SessionResult;
  try {
    session = await runSession({
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
    });
    observer.phase('decide');
    const evidence: RunEvidence = {
      history: session.history,
      traffic: await readTraffic(path.join(runDirectory, runFiles.traffic)),
      ...(await readNodeLogs(runDirectory, target)),
      faults: session.faults,
      windows: session.windows,
      signals: (await readJsonLines(path.join(runDirectory, runFiles.signals), (value) => value as SignalSample)).values,
      replicas: session.replicas,
      ...(target.fenceRefusal === undefined ? {} : { fenceRefusal: target.fenceRefusal }),
      workload: config.workload,
      nemeses: config.nemeses.map(({ name }) => name),
      ...(session.ledger === undefined ? {} : { ledger: session.ledger }),
    };
    const verdict = await composeVerdict(evidence, [...checkersFor(config), courseChecker(session.remarks)], checkLimits);
    const exitCode =
      session.leftovers.length > 0 ? exitCodes.leftovers.code : exitCodeForVerdict(verdict.verdict, { allowUnknown: config.allowUnknown });
    const report: ReportInput = { verdict, evidence, run: summarize({ config, clock, runDirectory, session, verdict, exitCode }) };
    observer.phase('report');
    await saveRun({ config, report });
    observer.stop();
    await runReporters(config.reporters, report, { runDirectory, colour: io.colour, stdout: io.stdout, stderr: io.stderr });
    for (const leftover of session.leftovers) io.stderr(`left behind: ${leftover}; \`harness recover\` ends it\n`);
    return { exitCode, runDirectory };
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

function createObserver(config: ResolvedConfig, io: RunIo, clock: RunClock): SessionObserver & { stop(): void } {
  const counts = { ok: 0, fail: 0, info: 0 };
  let operations: readonly Operation[] = [];
  let counted = 0;
  let activeFaults: ReadonlySet<string> = new Set();
  const progress = createProgress(io, {
    quiet: config.quiet,
    verbose: config.verbose,
    sample: () => {
      for (; counted < operations.length; counted += 1) {
        const operation = operations[counted];
        if (operation !== undefined && operation.process !== NEMESIS && operation.type !== 'invoke') counts[operation.type] += 1;
      }
      return { elapsedMs: clock.now() / 1e6, ...counts, activeFaults: [...activeFaults] };
    },
  });
  return {
    phase: progress.phase,
    note: progress.note,
    watch: (sources) => {
      operations = sources.operations;
      activeFaults = sources.activeFaults;
    },
    stop: progress.stop,
  };
}

const loadWindows: ReadonlySet<string> = new Set(['warm-up', 'clean-before', 'faults', 'clean-after']);

interface SummaryInput {
  readonly config: ResolvedConfig;
  readonly clock: RunClock;
  readonly runDirectory: string;
  readonly session: SessionResult;
  readonly verdict: RunVerdict;
  readonly exitCode: number;
}

function summarize({ config, clock, runDirectory, session, exitCode }: SummaryInput): RunSummary {
  return {
    name: config.name,
    startedAtIso: clock.startedAtIso,
    durationMs: clock.now() / 1e6,
    seed: config.seed,
    argv: process.argv.slice(2),
    replayCommand: replayCommand(config, nemeses),
    versions: { seamproof: packageVersion(), node: process.version, platform: `${process.platform} ${process.arch}` },
    runDirectory,
    nemeses: config.nemeses.map(({ name }) => name),
    workload: config.workload,
    ...(config.bug === undefined ? {} : { bug: config.bug }),
    stats: statsOf(session, config),
    remarks: session.remarks.map(({ text }) => text),
    exitCode,
  };
}

function statsOf(session: SessionResult, config: ResolvedConfig): RunSummary['stats'] {
  const ops = new Map<string, { ok: number; fail: number; info: number }>();
  let completed = 0;
  // A run that was cut short had less time than it was given. One that wasn't goes on a little until the last answers have come.
  const loadedNs = session.windows.reduce((sum, { name, from, to }) => (loadWindows.has(name) ? sum + to - from : sum), 0);
  const loadSeconds = Math.min(config.timeMs * 1e6, Math.max(1, loadedNs)) / 1e9;
  for (const { process: by, type, f } of session.history) {
    if (by === NEMESIS || type === 'invoke') continue;
    const counts = ops.get(f) ?? { ok: 0, fail: 0, info: 0 };
    ops.set(f, counts);
    counts[type] += 1;
    completed += 1;
  }
  return {
    ops: Object.fromEntries(ops) as Record<string, OutcomeCounts>,
    opsPerSecond: completed / loadSeconds,
    missed: session.stats.missed,
  };
}

function packageVersion(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  for (let directory = here; directory !== path.dirname(directory); directory = path.dirname(directory)) {
    try {
      const manifest = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8')) as { name?: string; version?: string };
      if (manifest.name === 'seamproof') return manifest.version ?? 'unknown';
    } catch {
      // Not here: one further up.
    }
  }
  return 'unknown';
}
