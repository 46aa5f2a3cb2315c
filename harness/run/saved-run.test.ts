import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveForTest } from '../config/test-support.ts';
import type { Operation, RunEvidence } from '../history/index.ts';
import { type FinishedRun, readRun, runFiles, saveRun } from './saved-run.ts';

let directory = '';
beforeEach(() => {
  directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'seamproof-run-')));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const history: readonly Operation[] = [
  { index: 0, time: 5, process: 0, type: 'invoke', f: 'write', value: 1, key: 'r-1' },
  { index: 1, time: 9, process: 0, type: 'ok', f: 'write', value: 1, key: 'r-1' },
];
const signals = [{ time: 7, node: 'order-1', name: 'leader_token', value: 3 }];

function finishedRun(evidence: Partial<RunEvidence> = {}): FinishedRun {
  return {
    config: resolveForTest({ flags: { workload: 'registers' } }),
    report: {
      verdict: { schemaVersion: 1, verdict: 'unknown', summary: 'Nothing was shown.', checkers: {} },
      run: {
        name: 'registers-none',
        startedAtIso: '2026-01-02T03:04:05.678Z',
        durationMs: 1_000,
        seed: 1,
        argv: ['test'],
        replayCommand: 'harness test --seed 1',
        versions: { node: 'v20' },
        runDirectory: directory,
        nemeses: ['none'],
        workload: 'registers',
        stats: { ops: { write: { ok: 1, fail: 0, info: 0 } }, opsPerSecond: 1, missed: 3 },
        remarks: ['order-3 ended by itself (SIGKILL)'],
        exitCode: 2,
      },
      evidence: {
        history,
        traffic: [],
        logs: [{ node: 'order-1', event: 'leader.elected', fields: { token: 3 }, line: '{"event":"leader.elected"}' }],
        faults: [
          {
            id: 'pause-1',
            nemesis: 'pause',
            targets: ['order-1'],
            startedAt: 1,
            healedAt: 2,
            proofs: [{ claim: 'paused', holds: true }],
            facts: {},
          },
        ],
        windows: [{ name: 'clean-before', from: 0, to: 9 }],
        signals,
        ledger: { orders: [], payments: [], stock: [], events: [], cells: [], readQuorum: 2 },
        replicas: ['replica-1'],
        workload: 'registers',
        nemeses: ['none'],
        ...evidence,
      },
    },
  };
}

/** What the run appends itself, while it goes on. */
function append(): void {
  const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');
  writeFileSync(path.join(directory, runFiles.history), lines(history));
  writeFileSync(path.join(directory, runFiles.signals), lines(signals));
}

describe('a finished run', () => {
  it('is read back as it was saved', async () => {
    append();
    const saved = finishedRun();
    await saveRun(saved);
    expect(await readRun(directory)).toEqual(saved);
  });

  it('may lack a ledger, when the final reads failed', async () => {
    append();
    const { ledger: _, ...evidence } = finishedRun().report.evidence;
    const saved = { ...finishedRun(), report: { ...finishedRun().report, evidence } };
    await saveRun(saved);
    expect((await readRun(directory)).report.evidence).not.toHaveProperty('ledger');
  });

  it('is where it was found, should somebody have moved it', async () => {
    append();
    const saved = finishedRun();
    await saveRun(saved);
    const text = readFileSync(path.join(directory, runFiles.run), 'utf8').replaceAll(directory, '/elsewhere');
    writeFileSync(path.join(directory, runFiles.run), text);
    expect((await readRun(directory)).report.run.runDirectory).toBe(directory);
  });

  it('of an earlier build, which neither remarked on anything nor counted missed arrivals, had nothing of either', async () => {
    append();
    await saveRun(finishedRun());
    const file = path.join(directory, runFiles.run);
    const { summary, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as { summary: { stats: object; remarks?: unknown } };
    const { remarks: _, ...older } = summary;
    writeFileSync(file, JSON.stringify({ ...rest, summary: { ...older, stats: { ...older.stats, missed: undefined } } }));
    const { run } = (await readRun(directory)).report;
    expect(run).toMatchObject({ remarks: [], stats: { missed: 0, opsPerSecond: 1 } });
  });

  it('is found by the link to the newest', async () => {
    append();
    const saved = finishedRun();
    await saveRun(saved);
    symlinkSync(directory, `${directory}-latest`);
    try {
      expect(await readRun(`${directory}-latest`)).toEqual(saved);
    } finally {
      rmSync(`${directory}-latest`);
    }
  });

  it('is asked for where there is none', async () => {
    await expect(readRun(directory)).rejects.toMatchObject({ problem: { code: 'run-not-found' } });
  });

  it.each([
    ['of another version', runFiles.run, '{"schemaVersion":2}'],
    ['with a torn verdict', runFiles.verdict, '{"verdict":'],
    ['with a history that is none', runFiles.history, '{"index":7}\n{"index":8}\n'],
  ])('%s is refused, never half read', async (_, file, text) => {
    append();
    await saveRun(finishedRun());
    writeFileSync(path.join(directory, file), text);
    await expect(readRun(directory)).rejects.toMatchObject({ problem: { code: 'run-unreadable' } });
  });
});
