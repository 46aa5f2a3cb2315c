/** A retry storm, sized for this machine: what the budget bounds, and that goodput comes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evidence } from '../harness/history/index.ts';
import { type FinishedRun, nodesLeft, runHarness, temporaryDirectory } from './support/whole-run.ts';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

describe('retry-storm against the reference pipeline', () => {
  let run: FinishedRun;
  let judged: Evidence['data'];
  beforeAll(async () => {
    run = await runHarness(directory.path, 'test --nemesis retry-storm --seed 31 --json');
    judged = run.report().checkers['bounded-retries']?.evidence[0]?.data;
  }, 300_000);

  it('is valid: retries stayed bounded, and goodput recovered', () => {
    const { verdict, summary } = run.report();
    expect({ code: run.code, verdict, summary }).toEqual({ code: 0, verdict: 'valid', summary: expect.stringMatching(/^Every property/) });
    expect(judged).toMatchObject({ bounded: 'valid', recovered: 'valid' });
  });

  it('cut calls at one instant, so that a missing jitter would have shown', () => {
    expect(judged?.['waves']).toBeGreaterThan(0);
  });

  it('leaves no process behind', () => {
    expect(nodesLeft(directory.path)).toEqual([]);
  });
});
