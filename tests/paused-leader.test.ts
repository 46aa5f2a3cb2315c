/** The main job: a leader is really paused, its writes really arrive late, and the verdict says what became of them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FinishedRun, nodesLeft, readTrafficOf, runHarness, temporaryDirectory } from './support/whole-run.ts';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

describe('pause-leader against the reference pipeline', () => {
  let run: FinishedRun;
  beforeAll(async () => {
    run = await runHarness(directory.path, 'test --nemesis pause-leader --time 20 --seed 11 --json');
  }, 120_000);

  it('is valid, with every property that it set out to exercise exercised', () => {
    const { verdict, summary } = run.report();
    expect({ code: run.code, verdict, summary }).toEqual({ code: 0, verdict: 'valid', summary: expect.stringMatching(/^Every property/) });
    expect(Object.keys(run.report().checkers)).toEqual(
      expect.arrayContaining(['fencing', 'saga', 'acknowledged-loss', 'efficacy', 'stats']),
    );
  });

  it('makes a stale write physically arrive at every replica, and each replica refuse it', () => {
    const stale = readTrafficOf(run.report().runDirectory).filter(
      (record) => record.faults.includes('held') && record.forwardedAt !== undefined,
    );
    expect([...new Set(stale.map((record) => record.to))].sort()).toEqual(['replica-1', 'replica-2', 'replica-3']);
    expect([...new Set(stale.map((record) => `${record.status} ${record.problem}`))]).toEqual(['412 fenced']);
  });

  it("leaves a report that shows the rejected token beside the successor's state", () => {
    const html = readFileSync(path.join(run.report().runDirectory, 'report.html'), 'utf8');
    expect(html).toContain('fence.rejected');
    expect(html).toMatch(/Holds the successor(&#39;|’|')s state/);
  });

  it('leaves no process behind', () => {
    expect(nodesLeft(directory.path)).toEqual([]);
  });
});

describe('pause-leader against a replica that skips the fence', () => {
  it('is invalid, and names the replica, the key and both tokens', async () => {
    const run = await runHarness(directory.path, 'test --nemesis pause-leader --time 20 --seed 12 --bug fence-one-replica-skips --json');
    expect(run.code).toBe(1);
    const { fencing } = run.report().checkers;
    expect(fencing?.verdict).toBe('invalid');
    const violation = fencing?.evidence.find(({ kind }) => kind === 'violation');
    expect(violation?.data).toMatchObject({
      replica: 'replica-2',
      key: expect.stringMatching(/^(order|log|payment|stock|lease)\//),
      token: expect.any(Number),
      higherToken: expect.any(Number),
    });
    const { token, higherToken } = { token: 0, higherToken: 0, ...violation?.data };
    expect(higherToken).toBeGreaterThan(token);
  });
});
