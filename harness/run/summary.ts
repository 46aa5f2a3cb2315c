/** A run in numbers and names, for its reports. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { nemeses } from '../../nemesis/index.ts';
import type { OutcomeCounts, RunSummary } from '../../reports/index.ts';
import { type ResolvedConfig, replayCommand } from '../config/index.ts';
import { NEMESIS } from '../history/index.ts';
import type { RunClock } from './clock.ts';
import type { SessionResult } from './session-options.ts';

const loadWindows: ReadonlySet<string> = new Set(['warm-up', 'clean-before', 'faults', 'clean-after']);

interface SummaryInput {
  readonly config: ResolvedConfig;
  readonly clock: RunClock;
  readonly runDirectory: string;
  readonly session: SessionResult;
  readonly exitCode: number;
}

export function summarize({ config, clock, runDirectory, session, exitCode }: SummaryInput): RunSummary {
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
