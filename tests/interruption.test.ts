/** Runs that are cut short: by a person, by a CI system, and by an end without warning. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunVerdict } from '../harness/history/index.ts';

const main = path.resolve(import.meta.dirname, '../dist/harness/cli/main.js');

let directory = '';
let started: ChildProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'seamproof-interruption-'));
});
afterEach(() => {
  started?.kill('SIGKILL');
  recover();
  rmSync(directory, { recursive: true });
});

interface Run {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  readonly printed: { stdout: string; stderr: string };
  /** Resolves once stderr has the text. */
  said(text: string): Promise<void>;
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** A run that would go on for ten minutes. */
function startRun(...flags: readonly string[]): Run {
  const child = spawn(process.execPath, [main, 'test', '--time', '10m', '--name', 'cut-short', ...flags], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started = child;
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.stderr += text;
  });
  const said = async (text: string): Promise<void> => {
    while (!printed.stderr.includes(text)) {
      if (child.exitCode !== null) throw new Error(`the run ended with ${child.exitCode} before it said "${text}":\n${printed.stderr}`);
      await Promise.race([once(child.stderr, 'data'), once(child, 'exit')]);
    }
  };
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return { child, printed, said, ended };
}

function recover(): { readonly status: number | null; readonly stdout: string } {
  return spawnSync(process.execPath, [main, 'recover'], { cwd: directory, encoding: 'utf8' });
}

const latest = (file: string) => path.join(directory, 'runs/latest', file);

describe('a run that is interrupted', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s heals, decides and reports, leaves with %d, and leaves nothing running', async (signal, code) => {
    const run = startRun();
    await run.said('clean-before');
    run.child.kill(signal);
    // What npx makes of a Ctrl-C: the same signal once more, at once.
    run.child.kill(signal);
    expect(await run.ended).toBe(code);
    expect(run.printed.stderr).toContain(`${signal}: healing, collecting and reporting`);
    expect(existsSync(latest('report.html'))).toBe(true);
    const verdict = JSON.parse(readFileSync(latest('verdict.json'), 'utf8')) as RunVerdict;
    expect(verdict.checkers).toHaveProperty('saga');
    expect(recover()).toMatchObject({ status: 0, stdout: 'nothing to recover\n' });
  });

  it('prints its one JSON object all the same', async () => {
    const run = startRun('--json');
    await run.said('clean-before');
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
    expect(JSON.parse(run.printed.stdout)).toMatchObject({ schemaVersion: 1, name: 'cut-short' });
  });
});

describe('a run whose harness is killed', () => {
  it('is left alone while it lives, and ended by `harness recover` after that, once', async () => {
    const run = startRun();
    await run.said('warm-up');
    expect(recover().stdout).toMatch(/still going, left alone\n$/);
    run.child.kill('SIGKILL');
    expect(await run.ended).toBe('SIGKILL');
    const recovery = recover();
    expect(recovery.status).toBe(0);
    expect(recovery.stdout).toMatch(/ended .*replica-1 \(process \d+\)/);
    expect(recover()).toMatchObject({ status: 0, stdout: 'nothing to recover\n' });
  });
});
