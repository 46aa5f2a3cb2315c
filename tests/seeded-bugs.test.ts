/** Seeded bugs in whole runs: each is caught by the checker it names, and the reference under the same faults is not accused. */
import { afterAll, describe, expect, it } from 'vitest';
import { bugs } from '../target-pipeline/bugs/index.ts';
import { nodesLeft, runHarness, temporaryDirectory } from './support/whole-run.ts';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

const slowReplicas = 'latency:to=replica:kind=replica-write:jitterMs=400:durationMs=10000';

/** What a slow replica shows, it shows by chance: that run goes on until it has. A storm is judged by what comes after it. */
const times: Readonly<Record<string, string>> = { linearizable: '4m --fail-fast', 'bounded-retries': '60' };

/** One for each checker that a bug names: enough to see that every one of them notices in a whole run. `harness bugs` runs them all. */
const oneForEachChecker = bugs.filter((bug, at) => bugs.findIndex(({ caughtBy }) => caughtBy === bug.caughtBy) === at);

describe.each(oneForEachChecker)('$name under $nemesis', ({ name, workload, nemesis, caughtBy }) => {
  it(`is caught by ${caughtBy}`, async () => {
    // Little stock takes half a minute to run out.
    const time = times[caughtBy] ?? (workload === 'stock' ? '35' : '25');
    const run = await runHarness(
      directory.path,
      `test --workload ${workload} --nemesis ${nemesis} --time ${time} --seed 21 --bug ${name} --json`,
    );
    const { checkers, summary } = run.report();
    expect({ code: run.code, verdict: checkers[caughtBy]?.verdict, summary }).toEqual({
      code: 1,
      verdict: 'invalid',
      summary: expect.stringContaining(caughtBy),
    });
  });
});

describe.each([
  { workload: 'registers', nemesis: slowReplicas },
  { workload: 'stock', nemesis: 'none' },
  { workload: 'orders', nemesis: 'pause-leader:restartReplicas=true' },
  { workload: 'orders', nemesis: 'latency:from=order:to=payment:responseMs=600' },
])('the reference with $workload under $nemesis', ({ workload, nemesis }) => {
  it('is valid', async () => {
    const run = await runHarness(directory.path, `test --workload ${workload} --nemesis ${nemesis} --time 20 --seed 22 --json`);
    expect(run.report().summary).toMatch(/^Every property that was exercised holds/);
    expect(run.code).toBe(0);
    expect(nodesLeft(directory.path)).toEqual([]);
  });
});

describe('--fail-fast', () => {
  it('stops a run of ten minutes at the first violation, with the operations that contradict each other', async () => {
    const run = await runHarness(
      directory.path,
      `test --workload registers --nemesis ${slowReplicas} --time 10m --seed 23 --bug read-no-write-back --fail-fast --json`,
    );
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('stopped early');
    const { linearizable } = run.report().checkers;
    const minimal = linearizable?.evidence.find(({ data }) => data?.['core'] !== undefined);
    expect(minimal?.operations?.length).toBeGreaterThanOrEqual(4);
    expect(nodesLeft(directory.path)).toEqual([]);
  });
});
