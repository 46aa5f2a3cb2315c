/** Whole runs of the built command, each in a process and a directory of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CheckResult, TrafficRecord, Verdict } from '../../harness/history/index.ts';

const root = path.resolve(import.meta.dirname, '../..');
const main = path.join(root, 'dist/harness/cli/main.js');

/** The object that `--json` prints, as far as tests look at it. */
export interface JsonReport {
  readonly schemaVersion: number;
  readonly verdict: Verdict;
  readonly summary: string;
  readonly exitCode: number;
  readonly checkers: Readonly<Record<string, CheckResult>>;
  readonly seed: number;
  readonly runDirectory: string;
  readonly stats: {
    readonly ops: Readonly<Record<string, { readonly ok: number; readonly fail: number; readonly info: number }>>;
    readonly opsPerSecond: number;
  };
}

export interface FinishedRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Throws when stdout isn't exactly one JSON object. */
  report(): JsonReport;
}

export interface RunningHarness {
  readonly child: ChildProcess;
  /** Resolves once stderr has shown this; rejects when the run ends first. */
  seen(pattern: RegExp): Promise<void>;
  readonly finished: Promise<FinishedRun>;
}

/** A directory for runs, gone after `remove`. */
export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const directory = mkdtempSync(path.join(tmpdir(), 'seamproof-run-'));
  return { path: directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export function startHarness(directory: string, line: string, environment: Readonly<Record<string, string>> = {}): RunningHarness {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(SEAMPROOF_|NO_COLOR$|FORCE_COLOR$|CI$)/.test(name));
  const child = spawn(process.execPath, [main, ...line.split(' ').filter(Boolean)], {
    cwd: directory,
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
    for (const watch of watchers) watch();
  });
  const finished = once(child, 'close').then(
    ([code]): FinishedRun => ({
      code: code as number | null,
      ...output,
      report: () => JSON.parse(output.stdout) as JsonReport,
    }),
  );
  return {
    child,
    finished,
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(output.stderr)) resolve();
        };
        watchers.add(look);
        look();
        void finished.then(({ code }) => reject(new Error(`the run ended with ${code} before it printed ${pattern}:\n${output.stderr}`)));
      }),
  };
}

export function runHarness(directory: string, line: string, environment: Readonly<Record<string, string>> = {}): Promise<FinishedRun> {
  return startHarness(directory, line, environment).finished;
}

/** Processes of nodes whose run lies below `directory`; empty when nothing was left behind. */
export function nodesLeft(directory: string): readonly string[] {
  const list = execFileSync('ps', ['-eww', '-o', 'pid=,state=,args=', 'e'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return list.split('\n').filter((line) => line.includes(`DATA_DIR=${directory}`));
}

export function readTrafficOf(runDirectory: string): readonly TrafficRecord[] {
  const text = readFileSync(path.join(runDirectory, 'traffic.jsonl'), 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as TrafficRecord]));
}
