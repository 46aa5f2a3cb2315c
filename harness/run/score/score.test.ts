import { describe, expect, it } from 'vitest';
import { bugs } from '../../../target-pipeline/bugs/index.ts';
import { type BugEntry, flagOf, settingKeys } from '../../config/index.ts';
import type { CheckResult, Evidence, RunEvidence, Verdict } from '../../history/index.ts';
import type { TrialWithReport } from '../trial.ts';
import { detectionTimes } from './detection.ts';
import { planScore } from './plan.ts';
import { runScore } from './run-score.ts';

const bug = (name: string, more: Partial<BugEntry> = {}): BugEntry => ({
  name,
  description: '',
  nemesis: 'pause-leader',
  workload: 'orders',
  caughtBy: 'fencing',
  ...more,
});
const nemesis = (name: string) => ({ name, description: '', provenBy: '', options: {} });
const catalogue = {
  bugs: [
    bug('skips'),
    bug('stale', { caughtBy: 'linearizable', workload: 'registers', nemesis: 'latency:jitterMs=9' }),
    bug('oversells', { workload: 'stock', settings: { time: '35' } }),
  ],
  nemeses: [nemesis('pause-leader'), nemesis('none')],
};
const plan = (options: Partial<Parameters<typeof planScore>[0]> = {}) =>
  planScore({ catalogue, names: [], seeds: [7], withBugs: true, withReference: true, ...options });
const setups = (runs: ReturnType<typeof plan>) =>
  runs.filter(({ bug: one }) => one === undefined).map(({ flags }) => `${flags['nemesis']} ${flags['workload']}`);

describe('the runs of a score', () => {
  it('are every bug, and the reference under every nemesis and every setup of a bug, each once a seed', () => {
    const runs = plan({ seeds: [7, 8] });
    expect(runs.map(({ bug: one, seed }) => `${one?.name ?? '-'} ${seed}`)).toEqual(
      [7, 8].flatMap((seed) => ['skips', 'stale', 'oversells', '-', '-', '-', '-'].map((name) => `${name} ${seed}`)),
    );
    expect(new Set(setups(runs))).toEqual(
      new Set(['pause-leader orders', 'none orders', 'latency:jitterMs=9 registers', 'pause-leader stock']),
    );
  });

  it('are those of the bugs that are named, with the reference under their nemeses alone', () => {
    const runs = plan({ names: ['stale'] });
    expect(runs.flatMap(({ bug: one }) => one?.name ?? [])).toEqual(['stale']);
    expect(setups(runs)).toEqual(['latency:jitterMs=9 registers']);
  });

  it('last as long as the bug says, or as they are told to; what can be seen early ends early', () => {
    const flags = (options = {}) => Object.fromEntries(plan({ withReference: false, ...options }).map((run) => [run.bug?.name, run.flags]));
    expect(flags()).toMatchObject({ skips: { time: '30' }, stale: { time: '60', 'fail-fast': true }, oversells: { time: '35' } });
    expect(flags({ time: '5' })).toMatchObject({ skips: { time: '5' }, stale: { time: '5' }, oversells: { time: '5' } });
  });

  it('never give the reference a bug', () => {
    for (const { bug: one, flags } of plan()) expect('bug' in flags).toBe(one !== undefined);
  });
});

describe('the settings that seeded bugs ask for', () => {
  it('are flags of a run', () => {
    const known = settingKeys.map(flagOf);
    for (const { settings = {} } of bugs) for (const flag of Object.keys(settings)) expect(known).toContain(flag);
  });
});

function trial(
  verdict: Verdict,
  violated: readonly string[] = [],
  exitCode = { valid: 0, invalid: 1, unknown: 2 }[verdict],
): TrialWithReport {
  return { exitCode, verdict, summary: '', violated, durationMs: 1 };
}
const undeployed: TrialWithReport = { exitCode: 4, summary: 'no port', violated: [], durationMs: 1 };

async function score(runs: ReturnType<typeof plan>, trials: readonly TrialWithReport[], stopAt = Number.POSITIVE_INFINITY) {
  const stop = new AbortController();
  let number = 0;
  return runScore({
    plan: runs,
    run: () => {
      number += 1;
      if (number === stopAt) stop.abort();
      return Promise.resolve(trials[number - 1] ?? undeployed);
    },
    signal: stop.signal,
    onBegin: () => undefined,
    onScored: () => undefined,
  });
}

describe('the score', () => {
  const one = plan({ names: ['skips'] });

  it('is good when the named checker fired and the reference is not accused', async () => {
    expect(await score(one, [trial('invalid', ['fencing', 'saga']), trial('valid')])).toMatchObject({
      killed: 1,
      survived: 0,
      clean: 1,
      exitCode: 0,
    });
  });

  it('counts no kill when only another checker fired', async () => {
    expect(await score(one, [trial('invalid', ['saga']), trial('valid')])).toMatchObject({ killed: 0, survived: 1, exitCode: 1 });
  });

  it.each(['valid', 'unknown'] as const)('counts no kill when the run was %s', async (verdict) => {
    expect(await score(one, [trial(verdict), trial('valid')])).toMatchObject({ survived: 1, exitCode: 1 });
  });

  it('fails when the reference is accused, and only then', async () => {
    expect(await score(one, [trial('invalid', ['fencing']), trial('invalid', ['saga'])])).toMatchObject({ falseAlarms: 1, exitCode: 1 });
    expect(await score(one, [trial('invalid', ['fencing']), trial('unknown')])).toMatchObject({ falseAlarms: 0, unknown: 1, exitCode: 0 });
  });

  it('says that a run could not be deployed, or left something behind', async () => {
    expect(await score(one, [undeployed, trial('valid')])).toMatchObject({ survived: 0, exitCode: 4 });
    expect((await score(one, [trial('invalid', ['fencing'], 5), trial('valid')])).exitCode).toBe(5);
  });

  it('does not count the run that an interruption cut short, and of nothing shows nothing', async () => {
    expect(await score(one, [trial('valid')], 1)).toMatchObject({ runs: [], exitCode: 2 });
  });
});

describe('the time to detection', () => {
  const evidence: RunEvidence = {
    history: [1e9, 3e9, 8e9].map((time, index) => ({ index, time, process: 0, type: 'ok', f: 'read', value: 0 })),
    traffic: [],
    logs: [],
    faults: [],
    windows: [{ name: 'warm-up', from: 1e9, to: 2e9 }],
    signals: [],
    replicas: [],
    workload: '',
    nemeses: [],
  };
  const found = (...violations: readonly Partial<Evidence>[]): CheckResult => ({
    verdict: 'invalid',
    question: '',
    summary: '',
    examined: {},
    evidence: violations.map((one) => ({ kind: 'violation', summary: '', ...one })),
  });
  const times = (result: CheckResult) =>
    detectionTimes({ verdict: { schemaVersion: 1, verdict: 'invalid', summary: '', checkers: { it: result } }, evidence });

  it('is that of the first violation, once all it rests on had happened, from the beginning of the load', () => {
    expect(times(found({ operations: [0, 2] }, { operations: [0, 1] }))).toEqual({ it: 2000 });
  });

  it('is the end where a violation rests on what has no time, or on what is not in the files', () => {
    expect(times(found({}))).toEqual({ it: null });
    expect(times(found({ operations: [0], traffic: [3] }))).toEqual({ it: null });
  });

  it('is told of violations alone', () => {
    expect(times({ ...found({ operations: [1] }, { operations: [0], kind: 'context' }), verdict: 'invalid' })).toEqual({ it: 2000 });
    expect(times({ ...found({ operations: [1] }), verdict: 'unknown' })).toEqual({});
  });
});
