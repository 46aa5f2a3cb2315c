/** Sessions with real processes, of a pipeline of a few lines. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Nemesis } from '../../nemesis/index.ts';
import { resolveForTest } from '../config/test-support.ts';
import type { Target } from '../targets/index.ts';
import { type Workload, workloads } from '../workloads/index.ts';
import { startRunClock } from './clock.ts';
import { planFor } from './plan.ts';
import { runSession, type SessionResult, sessionLimits } from './session.ts';
import { collapses, dawdles, livesOnce, scriptTarget, serves } from './test-support.ts';

const registers = workloads.find(({ name }) => name === 'registers') as Workload;

const none: Nemesis = {
  name: 'none',
  description: '',
  provenBy: '',
  options: {},
  colour: '',
  typicalDurationMs: () => 0,
  inject: () => Promise.reject(new Error('not to be injected')),
};

interface Observed {
  readonly result: Promise<SessionResult>;
  readonly runDirectory: string;
  readonly stop: AbortController;
  /** Resolves when the phase begins. */
  phase(name: string): Promise<void>;
}

function start(
  target: Target,
  { timeMs = 1000, nemesis = none, concurrency = 4, prepare = (_runDirectory: string): void => undefined } = {},
): Observed {
  const runDirectory = mkdtempSync(path.join(tmpdir(), 'seamproof-session-'));
  onTestFinished(() => rmSync(runDirectory, { recursive: true }));
  prepare(runDirectory);
  const stop = new AbortController();
  const phases = new Set<string>();
  const waiting: { readonly name: string; readonly resolve: () => void }[] = [];
  const config = { ...resolveForTest(), timeMs, rate: 50, concurrency, nemeses: [{ name: nemesis.name, options: {} }] };
  const nemeses = new Map([[nemesis.name, nemesis]]);
  const result = runSession({
    config,
    target,
    workload: registers,
    nemeses,
    plan: planFor({ config, nemeses }),
    runDirectory,
    clock: startRunClock(),
    signal: stop.signal,
    observer: {
      phase: (name) => {
        phases.add(name);
        for (const one of waiting) if (one.name === name) one.resolve();
      },
      note: () => undefined,
      watch: () => undefined,
    },
    limits: { ...sessionLimits, healthyMs: 5000, patience: { stallMs: 500, limitMs: 1000 }, impatience: { stallMs: 200, limitMs: 500 } },
  });
  // Whoever waits for a phase first must not leave a rejection unhandled meanwhile.
  result.catch(() => undefined);
  return {
    result,
    runDirectory,
    stop,
    phase: (name) => new Promise((resolve) => (phases.has(name) ? resolve() : waiting.push({ name, resolve }))),
  };
}

const spoiling = ({ remarks }: SessionResult): readonly string[] => remarks.filter(({ spoils }) => spoils).map(({ text }) => text);

describe('a session', () => {
  it('in which nothing unplanned happens has nothing to remark, and says what the clients did', async () => {
    const result = await start(scriptTarget({ a: serves, b: serves })).result;
    expect(result.remarks).toEqual([]);
    expect(result.stats.ok).toBeGreaterThan(0);
    expect(result.leftovers).toEqual([]);
    expect(result.windows.map(({ name }) => name)).toEqual(['deploy', 'warm-up', 'clean-before', 'quiesce', 'final-reads']);
  });

  it('goes on when a node ends by itself, remarks on it with what it printed last, and starts it again before the final reads', async () => {
    const result = await start(scriptTarget({ a: serves, dies: collapses })).result;
    expect(result.remarks).toContainEqual({
      text: 'dies ended by itself (7)',
      spoils: true,
      logLines: expect.arrayContaining([{ node: 'dies', line: 'heap exhausted' }]),
    });
    expect(result.remarks).toContainEqual({ text: 'dies was down when the load had ended, and was started again', spoils: true });
    expect(result.ledger).toBeDefined();
    expect(result.stats.ok).toBeGreaterThan(0);
  });

  it('is not brought down by a pipeline that is not well after a fault', async () => {
    const strikes: Nemesis = {
      ...none,
      name: 'strikes',
      inject: async (fault, { driver, now }) => {
        await driver.kill('fragile');
        await driver.restart('fragile');
        return { id: fault.id, nemesis: 'strikes', targets: ['fragile'], startedAt: now(), healedAt: now(), proofs: [], facts: {} };
      },
    };
    const target = scriptTarget({ a: serves, fragile: livesOnce(serves) });
    const result = await start(target, { nemesis: strikes, timeMs: 2000 }).result;
    expect(spoiling(result)).toEqual(
      expect.arrayContaining([
        'fragile ended by itself (3)',
        expect.stringContaining('after strikes-1 was healed, the target is not healthy: fragile'),
      ]),
    );
    expect(result.history.length).toBeGreaterThan(0);
  });

  it('does not call it time to come to rest when a node cannot be brought back', async () => {
    const result = await start(scriptTarget({ a: serves, dies: livesOnce(collapses) })).result;
    expect(result.windows.map(({ name }) => name)).not.toContain('quiesce');
    expect(spoiling(result)).toContainEqual(expect.stringContaining('after the load, the target is not healthy: dies exited with 3'));
  });

  it('that is not quiet, or cannot read the books, says so', async () => {
    const busy = await start(scriptTarget({ a: serves }, { unrest: () => Promise.resolve('1 order in progress') })).result;
    expect(spoiling(busy)).toEqual([expect.stringMatching(/^not quiet, .*: 1 order in progress$/)]);
    const unread = await start(scriptTarget({ a: serves }, { finalReads: () => Promise.reject(new Error('no node answered')) })).result;
    expect(spoiling(unread)).toEqual(['the final reads failed: no node answered']);
    expect(unread.ledger).toBeUndefined();
  });

  it('counts the arrivals that were never made, and spoils nothing by it', async () => {
    const result = await start(scriptTarget({ slow: dawdles }), { concurrency: 1 }).result;
    expect(result.stats.missed).toBeGreaterThan(10);
    expect(result.remarks).toEqual([
      { text: expect.stringMatching(/arrivals were never made, since all 1 clients were busy$/), spoils: false },
    ]);
  });

  it.each(['deploy', 'warm-up', 'quiesce'])(
    'interrupted in its phase %s ends soon, keeps its history, and remarks on it',
    async (phase) => {
      const session = start(scriptTarget({ a: serves }, { unrest: () => Promise.resolve('1 order in progress') }), {
        timeMs: phase === 'quiesce' ? 500 : 60_000,
      });
      await session.phase(phase);
      session.stop.abort(new Error('interrupted by SIGINT'));
      const result = await session.result;
      expect(spoiling(result)).toContain('the run was stopped before its time: interrupted by SIGINT');
      const lines = readFileSync(path.join(session.runDirectory, 'history.jsonl'), 'utf8').split('\n').length - 1;
      expect(lines).toBe(result.history.length);
      expect(result.leftovers).toEqual([]);
    },
  );

  it('whose target never gets healthy fails as a deployment, and leaves nothing running', async () => {
    const session = start(scriptTarget({ a: serves, broken: 'process.exit(64)' }));
    await expect(session.result).rejects.toMatchObject({ failure: 'deploy', message: expect.stringContaining('broken exited with 64') });
    expect(readFileSync(path.join(session.runDirectory, 'journal.jsonl'), 'utf8')).toContain('"disposed"');
  });

  it.skipIf(process.platform !== 'linux').each(['traffic.jsonl', 'signals.jsonl', 'history.jsonl'])(
    'fails when the disk is full and %s cannot be written, after it has stopped every node',
    async (file) => {
      const target = scriptTarget({ a: serves }, { metricsPath: '/' });
      const session = start(target, { timeMs: 60_000, prepare: (directory) => symlinkSync('/dev/full', path.join(directory, file)) });
      await expect(session.result).rejects.toThrow(/could not be written: .*ENOSPC/);
      expect(readFileSync(path.join(session.runDirectory, 'journal.jsonl'), 'utf8')).toContain('"disposed"');
    },
  );
});
