/** The alert rules: each fires on what it is for, and not on a quiet pipeline; and on the signals of real runs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { SignalSample } from '../harness/history/index.ts';
import { alertNames, alertsFiring, checkRules, promtoolIsHere, rulesPath, type Series, seriesOf } from './support/promtool.ts';
import { type FinishedRun, runHarness, temporaryDirectory } from './support/whole-run.ts';

if (!promtoolIsHere && process.env['CI_REQUIRE_ALL'] !== '1')
  console.warn('alerts: SKIPPED, since there is no promtool here; on Debian it comes with `apt-get install prometheus`');

const seconds = 60;
const steady = (value: number): string => `${value}x${seconds}`;
const rising = (start: number, step: number): string => `${start}+${step}x${seconds}`;
/** All of 100 writes a second take between `over` and the next bound. */
const buckets = (name: string, over: number): readonly Series[] =>
  [0.1, 0.5, 2]
    .map((le) => ({ series: `${name}{node="order-1",le="${le}"}`, values: rising(0, le > over ? 100 : 0) }))
    .concat([{ series: `${name}{node="order-1",le="+Inf"}`, values: rising(0, 100) }]);

const quiet: readonly Series[] = [
  { series: 'up{node="order-1"}', values: steady(1) },
  { series: 'duplicate_effects_total{node="payment-1",service="payment"}', values: steady(0) },
  { series: 'leader_token{node="order-1",scope="orders"}', values: `1x30 2x${seconds - 31}` },
  { series: 'leading_token{node="order-1",scope="orders"}', values: `1x30 0x${seconds - 31}` },
  { series: 'leading_token{node="order-2",scope="orders"}', values: `0x30 2x${seconds - 31}` },
  { series: 'fence_rejected_total{node="replica-1",scope="orders"}', values: steady(7) },
  ...buckets('quorum_write_seconds_bucket', 0.05),
  ...buckets('quorum_read_seconds_bucket', 0.05),
  { series: 'consumer_lag_seconds{node="inventory-1"}', values: steady(0.4) },
  { series: 'saga_age_seconds{node="order-1"}', values: steady(2) },
  { series: 'retry_budget_available{node="order-1",service="payment"}', values: steady(40) },
  { series: 'breaker_state{node="order-1",service="payment"}', values: steady(0) },
  { series: 'requests_shed_total{node="payment-1",reason="queue-full"}', values: steady(3) },
  { series: 'stock_oversold_units{node="inventory-1"}', values: steady(0) },
  { series: 'stock_exchange_lag_seconds{node="inventory-1",peer="inventory-2"}', values: steady(0.1) },
];

/** What makes each alert fire, in place of the quiet series of the same name. */
const alarming: Readonly<Record<string, readonly Series[]>> = {
  DuplicateEffects: [{ series: 'duplicate_effects_total{node="payment-1",service="payment"}', values: `0x30 1x${seconds - 31}` }],
  NodeSilent: [{ series: 'up{node="order-1"}', values: `1x30 0x2 1x${seconds - 34}` }],
  LeaderChurn: [{ series: 'leader_token{node="order-1",scope="orders"}', values: `1x20 2x10 3x${seconds - 32}` }],
  TwoLeaders: [1, 2].map((token) => ({ series: `leading_token{node="order-${token}",scope="orders"}`, values: steady(token) })),
  StaleWritesRefused: [{ series: 'fence_rejected_total{node="replica-1",scope="orders"}', values: `7x30 9x${seconds - 31}` }],
  QuorumWriteSlow: buckets('quorum_write_seconds_bucket', 0.6),
  QuorumReadSlow: buckets('quorum_read_seconds_bucket', 0.6),
  ConsumerBehind: [{ series: 'consumer_lag_seconds{node="inventory-1"}', values: rising(0, 1) }],
  SagaStuck: [{ series: 'saga_age_seconds{node="order-1"}', values: rising(0, 1) }],
  RetryBudgetSpent: [{ series: 'retry_budget_available{node="order-1",service="payment"}', values: `40x30 0x${seconds - 31}` }],
  BreakerOpen: [{ series: 'breaker_state{node="order-1",service="payment"}', values: `0x30 2x${seconds - 31}` }],
  RequestsShed: [{ series: 'requests_shed_total{node="payment-1",reason="queue-full"}', values: rising(3, 5) }],
  StockOversold: [{ series: 'stock_oversold_units{node="inventory-1"}', values: `0x30 4x${seconds - 31}` }],
  StockExchangeSilent: [{ series: 'stock_exchange_lag_seconds{node="inventory-1",peer="inventory-2"}', values: rising(0, 1) }],
};

const nameOf = ({ series }: Series): string => series.slice(0, series.indexOf('{'));

describe.skipIf(!promtoolIsHere && process.env['CI_REQUIRE_ALL'] !== '1')('the alert rules', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory.remove());

  const signalsOf = (run: FinishedRun): readonly SignalSample[] =>
    readFileSync(path.join(run.report().runDirectory, 'signals.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as SignalSample);
  const firingOn = (samples: readonly SignalSample[]): ReadonlySet<string> => {
    const recorded = seriesOf(samples);
    return alertsFiring(recorded.series, recorded.seconds);
  };

  it('can be read by Prometheus', () => {
    expect(checkRules()).toContain('SUCCESS');
  });

  it('say nothing of a quiet pipeline, with one change of leader and refusals of long ago', () => {
    expect([...alertsFiring(quiet, seconds - 1)]).toEqual([]);
  });

  it.each(alertNames())('%s fires on what it is for, alone', (alert) => {
    const series = alarming[alert] ?? [];
    const replaced = new Set(series.map(nameOf));
    expect([...alertsFiring([...quiet.filter((one) => !replaced.has(nameOf(one))), ...series], seconds - 1)]).toEqual([alert]);
  });

  it.each(alertNames())('%s has its section in the runbook', (alert) => {
    const runbook = readFileSync(path.resolve(import.meta.dirname, '../docs/runbook.md'), 'utf8');
    expect(runbook).toContain(`\n## ${alert}\n`);
    expect(readFileSync(rulesPath, 'utf8')).toContain(`docs/runbook.md#${alert.toLowerCase()}\n`);
  });

  it('tell of a paused leader that its writes were refused, and page for an effect done twice only when there was one', async () => {
    const samples = signalsOf(await runHarness(directory.path, 'test --nemesis pause-leader --time 20 --seed 41 --json'));
    const firing = firingOn(samples);
    expect([...firing]).toEqual(expect.arrayContaining(['NodeSilent', 'StaleWritesRefused']));
    expect([...firing]).not.toContain('DuplicateEffects');
    const isCount = ({ name, node }: SignalSample): boolean => name === 'duplicate_effects_total' && node === 'payment-1';
    const lastAt = samples.filter(isCount).at(-1)?.time;
    const planted = samples.map((sample) => (isCount(sample) && sample.time === lastAt ? { ...sample, value: 1 } : sample));
    expect([...firingOn(planted)]).toContain('DuplicateEffects');
  });
});
