/** Real processes in a run directory of their own, gone when the test is over. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { createLocalDriver, type Journal, type NodeSpec, openJournal, type RunDriver } from './index.ts';
import { becomes } from './process-group.ts';
import { type ProcessView, systemProcessTable } from './process-table.ts';

export interface TestRun {
  readonly runDirectory: string;
  readonly journal: Journal;
  readonly driver: RunDriver;
  log(node: string): string;
  /** Resolves once the node has printed this text so many times. */
  printed(node: string, text: string, times?: number): Promise<void>;
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'drivers-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function openRun(graceMs?: number): TestRun {
  const runDirectory = temporaryDirectory();
  const journal = openJournal(runDirectory);
  const driver = createLocalDriver({ runDirectory, journal, ...(graceMs !== undefined && { graceMs }) });
  onTestFinished(async () => void (await driver.dispose()));
  const log = (node: string): string => readLog(runDirectory, node);
  return {
    runDirectory,
    journal,
    driver,
    log,
    printed: (node, text, times = 1) => eventually(() => log(node).split(text).length > times, `${node} to print ${text}`),
  };
}

export function readLog(runDirectory: string, node: string): string {
  const file = path.join(runDirectory, 'logs', `${node}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** A node that runs this script, which may use `process`, `require` and so on. */
export function scriptNode(name: string, script: string, env: Readonly<Record<string, string>> = {}): NodeSpec {
  return { name, role: 'test', argv: [process.execPath, '-e', script], env, port: 0 };
}

export const runsForever = `console.log('up'); setInterval(() => {}, 1000);`;

export function processOf(pid: number | undefined): ProcessView | undefined {
  const view = pid === undefined ? undefined : systemProcessTable().view(pid);
  return view?.state === 'dead' ? undefined : view;
}

export async function eventually(condition: () => boolean, what: string): Promise<void> {
  if (!(await becomes(condition, 10_000))) throw new Error(`Waited 10 s for ${what}.`);
}
