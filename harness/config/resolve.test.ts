import { describe, expect, it } from 'vitest';
import { defaults } from './defaults.ts';
import { parseDurationMs } from './duration.ts';
import { exitCodes } from './exit-codes.ts';
import { resolvedConfigSchema } from './resolved.ts';
import { environmentNameOf, flagOf, settingKeys, settings } from './settings.ts';
import { problemOf, resolveForTest, testSeed } from './test-support.ts';
import { describeUsageError, UsageError } from './usage-error.ts';

const file = (config: Readonly<Record<string, unknown>>) => ({ path: 'harness.config.ts', config });

describe('a configuration', () => {
  it('is complete when nothing was said', () => {
    expect(resolveForTest()).toEqual({
      target: 'reference',
      workload: 'orders',
      nemeses: [{ name: 'none', options: {} }],
      timeMs: 60_000,
      seed: testSeed,
      driver: 'local',
      replicas: 3,
      readQuorum: 2,
      writeQuorum: 2,
      leaseMs: 2_000,
      nodeMemoryMb: 512,
      nodeCpus: 1,
      inventoryConsistency: 'linearizable',
      targetOptions: {},
      control: false,
      reporters: ['list', 'junit', 'html'],
      json: false,
      failFast: false,
      repeat: 1,
      keepGoing: false,
      quiet: false,
      verbose: false,
      allowUnknown: false,
      runsDirectory: 'runs',
      name: 'orders-none',
    });
  });

  it('takes a flag before the environment, that before the file, and that before the default', () => {
    const sources = {
      flags: { time: '10' },
      environment: { SEAMPROOF_TIME: '20', SEAMPROOF_RATE: '21' },
      file: file({ time: 30, rate: 31, seed: 32 }),
    };
    expect(resolveForTest(sources)).toMatchObject({ timeMs: 10_000, rate: 21, seed: 32, leaseMs: 2_000 });
    expect(resolveForTest({ ...sources, flags: {} }).timeMs).toBe(20_000);
    expect(resolveForTest({ file: sources.file }).timeMs).toBe(30_000);
  });

  it('takes a switch that a flag turns off again', () => {
    expect(resolveForTest({ flags: { quiet: false }, environment: { SEAMPROOF_QUIET: '1' } }).quiet).toBe(false);
    expect(resolveForTest({ environment: { SEAMPROOF_QUIET: 'true' } }).quiet).toBe(true);
  });

  it('treats an empty environment variable as not set, and an empty flag as a mistake', () => {
    expect(resolveForTest({ environment: { SEAMPROOF_TIME: '' } }).timeMs).toBe(60_000);
    expect(problemOf(() => resolveForTest({ flags: { time: '' } })).happened).toBe('--time is ""');
  });

  it('names the source of a value it refuses, also one that a nearer source hides', () => {
    expect(problemOf(() => resolveForTest({ flags: { time: '-5' } })).happened).toBe('--time is "-5"');
    expect(problemOf(() => resolveForTest({ environment: { SEAMPROOF_TIME: 'soon' } })).happened).toBe('SEAMPROOF_TIME is "soon"');
    expect(problemOf(() => resolveForTest({ flags: { time: '5' }, file: file({ time: Number.NaN }) })).happened).toBe(
      'harness.config.ts: time is NaN',
    );
  });

  it.each([
    ['rate', '0'],
    ['rate', 'fast'],
    ['rate', '1e9'],
    ['concurrency', '1.5'],
    ['concurrency', '0'],
    ['seed', '-1'],
    ['seed', '0x10'],
    ['seed', '9007199254740993'],
    ['seed', ''],
    ['replicas', '0'],
    ['base-port', '80'],
    ['lease', '50ms'],
    ['name', '../elsewhere'],
    ['name', 'latest'],
    ['checkers', 'saga,'],
    ['runs-directory', ' '],
  ])('refuses --%s %j', (flag, value) => {
    expect(problemOf(() => resolveForTest({ flags: { [flag]: value } })).code).toBe('invalid-value');
  });

  it('refuses a flag given twice where one value is meant', () => {
    expect(problemOf(() => resolveForTest({ flags: { time: ['5', '6'] } }))).toMatchObject({
      code: 'given-twice',
      happened: '--time was given 2 times (5, 6)',
    });
  });

  it('refuses unknown keys and variables, and says what was probably meant', () => {
    expect(problemOf(() => resolveForTest({ file: file({ readQuorom: 2 }) }))).toMatchObject({
      code: 'unknown-setting',
      advice: 'readQuorum',
    });
    expect(problemOf(() => resolveForTest({ environment: { SEAMPROOF_TIEM: '5' } }))).toMatchObject({
      code: 'unknown-environment-variable',
      advice: 'SEAMPROOF_TIME',
    });
    expect(problemOf(() => resolveForTest({ file: file({ constructor: 1 }) })).code).toBe('unknown-setting');
  });

  it('leaves the variables alone that the harness itself hands to nodes', () => {
    expect(resolveForTest({ environment: { SEAMPROOF_RUN_ID: 'x', PATH: '/bin' } }).name).toBe('orders-none');
  });

  it.each([
    ['target', 'refrence', 'reference'],
    ['driver', 'locl', 'local'],
    ['workload', 'order', 'orders'],
    ['bug', 'fence-one-replica-skip', 'fence-one-replica-skips'],
    ['checkers', 'fencng', 'fencing'],
    ['reporter', 'jnuit', 'junit'],
    ['add-reporter', 'htm', 'html'],
  ])('refuses an unknown name for --%s with a suggestion', (flag, value, advice) => {
    expect(problemOf(() => resolveForTest({ flags: { [flag]: value } }))).toMatchObject({ code: 'unknown-name', advice });
  });

  it('is named after what runs', () => {
    expect(resolveForTest({ flags: { workload: 'registers', nemesis: 'pause-leader,none', bug: 'fence-one-replica-skips' } }).name).toBe(
      'registers-pause-leader+none-fence-one-replica-skips',
    );
    expect(resolveForTest({ flags: { name: 'nightly' } }).name).toBe('nightly');
  });

  it('survives being written to run.json and read back', () => {
    const config = resolveForTest({
      flags: { nemesis: 'pause-leader', rate: '12.5', 'base-port': '4000', checkers: 'saga,fencing', bug: 'fence-one-replica-skips' },
    });
    expect(resolvedConfigSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it('spells flags and variables after the key', () => {
    expect(flagOf('readQuorum')).toBe('read-quorum');
    expect(environmentNameOf('readQuorum')).toBe('SEAMPROOF_READ_QUORUM');
    expect(new Set(settingKeys.map(flagOf)).size).toBe(settingKeys.length);
  });
});

describe('defaults', () => {
  it('are the ones help speaks of', () => {
    expect(settings.target.defaultText).toBe(defaults.target);
    expect(settings.workload.defaultText).toBe(defaults.workload);
    expect(settings.nemesis.defaultText).toBe(defaults.nemesis.join(','));
    expect(parseDurationMs(settings.time.defaultText)).toBe(defaults.timeMs);
    expect(settings.driver.defaultText).toBe(defaults.driver);
    expect(settings.replicas.defaultText).toBe(String(defaults.replicas));
    expect(parseDurationMs(settings.lease.defaultText)).toBe(defaults.leaseMs);
    expect(settings.reporter.defaultText).toBe(defaults.reporters.join(','));
    expect(settings.runsDirectory.defaultText).toBe(defaults.runsDirectory);
  });
});

describe('quorums', () => {
  it.each([
    [3, 1, 2],
    [3, 1, 1],
    [5, 2, 3],
    [2, 1, 1],
  ])('that need not meet are refused: N=%d R=%d W=%d', (replicas, read, write) => {
    const flags = { replicas: String(replicas), 'read-quorum': String(read), 'write-quorum': String(write) };
    const problem = problemOf(() => resolveForTest({ flags }));
    expect(problem.code).toBe('quorums-do-not-intersect');
    expect(problem.happened).toContain(`${read} + ${write} ≤ ${replicas}`);
  });

  it.each([
    [3, 2, 2],
    [3, 1, 3],
    [5, 3, 3],
    [1, 1, 1],
  ])('that meet are accepted: N=%d R=%d W=%d', (replicas, readQuorum, writeQuorum) => {
    const flags = { replicas: String(replicas), 'read-quorum': String(readQuorum), 'write-quorum': String(writeQuorum) };
    expect(resolveForTest({ flags })).toMatchObject({ replicas, readQuorum, writeQuorum });
  });

  it('larger than the replica set are refused', () => {
    expect(problemOf(() => resolveForTest({ flags: { 'write-quorum': '4' } })).happened).toBe(
      'the write quorum is 4, but there are only 3 replicas',
    );
  });

  it('are majorities of any replica set unless said otherwise', () => {
    expect(resolveForTest({ flags: { replicas: '5' } })).toMatchObject({ readQuorum: 3, writeQuorum: 3 });
    expect(resolveForTest({ flags: { replicas: '4' } })).toMatchObject({ readQuorum: 3, writeQuorum: 3 });
  });
});

describe('reporters', () => {
  it('are replaced by --reporter and extended by --add-reporter, without repetition', () => {
    expect(resolveForTest({ flags: { reporter: 'html' } }).reporters).toEqual(['html']);
    expect(resolveForTest({ flags: { reporter: ['html', 'list'], 'add-reporter': 'html,junit' } }).reporters).toEqual([
      'html',
      'list',
      'junit',
    ]);
  });

  it('give stdout to one of them', () => {
    expect(resolveForTest({ flags: { json: true } })).toMatchObject({ json: true, reporters: ['json', 'junit', 'html'] });
    expect(resolveForTest({ flags: { reporter: 'json' } })).toMatchObject({ json: true, reporters: ['json'] });
    expect(resolveForTest({ flags: { 'add-reporter': 'json' } })).toMatchObject({ json: true, reporters: ['json', 'junit', 'html'] });
    expect(problemOf(() => resolveForTest({ flags: { json: true, reporter: 'list' } })).code).toBe('conflicting-settings');
    expect(problemOf(() => resolveForTest({ flags: { json: false, reporter: 'json' } })).code).toBe('conflicting-settings');
  });
});

describe('usage errors', () => {
  it('say what happened, what was expected and what to do, with a stable code', () => {
    const error = new UsageError({ code: 'unknown-name', happened: 'there is no "x"', expected: 'one of y', advice: 'y' });
    expect(describeUsageError(error)).toBe('harness: there is no "x" [unknown-name]\n  expected  one of y\n  try       y\n');
    expect(exitCodes.usage.code).toBe(64);
  });
});

describe('a schedule', () => {
  it.each([{ nemesis: 'none' }, { time: '30' }, { 'nemesis-interval': '5s' }])(
    'refuses %j beside a schedule, which settles that',
    (flags) => {
      const readSchedule = () => ({ seed: 1, timeMs: 1000, nemeses: ['none'] });
      const problem = problemOf(() => resolveForTest({ flags: { ...flags, schedule: 'schedule.json' }, readSchedule }));
      expect(problem).toMatchObject({ code: 'conflicting-settings', happened: expect.stringContaining(`--${Object.keys(flags)[0]}`) });
    },
  );

  it('lets a seed that was given win over that of the schedule', () => {
    const readSchedule = () => ({ seed: 1, timeMs: 1000, nemeses: ['none'] });
    expect(resolveForTest({ flags: { schedule: 'schedule.json', seed: '9' }, readSchedule }).seed).toBe(9);
  });
});
