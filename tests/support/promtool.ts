/** Evaluates the alert rules by Prometheus's own tool, on signals that a run recorded or a test wrote down. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SignalSample } from '../../harness/history/index.ts';

export const rulesPath = path.resolve(import.meta.dirname, '../../docker/alerts.yml');

export const promtoolIsHere = spawnSync('promtool', ['--version']).error === undefined;

export interface Series {
  /** As in PromQL: `up{node="order-1"}`. */
  readonly series: string;
  /** One a second; `_` where there was none. */
  readonly values: string;
}

/** Names of the rules, in their order. */
export function alertNames(): readonly string[] {
  return [...readFileSync(rulesPath, 'utf8').matchAll(/^\s+- alert: (\w+)$/gm)].map(([, name = '']) => name);
}

/** The alerts that fired at any time within `seconds`. Throws when the rules or the series cannot be read. */
export function alertsFiring(series: readonly Series[], seconds: number): ReadonlySet<string> {
  const names = alertNames();
  // Said to be silent: the tool objects, by expression, to each that was not. Then the whole must be as found.
  const objections = evaluate(series, seconds, (alert) => [alert, 0]);
  const firing = new Set(names.filter((alert) => objections.includes(queryOf(alert, seconds).replaceAll('"', '\\"'))));
  const remaining = evaluate(series, seconds, (alert) => [alert, firing.has(alert) ? 1 : 0]);
  if (remaining !== '') throw new Error(`promtool: ${remaining}`);
  return firing;
}

/** 1 when it fired, else 0. */
function queryOf(alert: string, seconds: number): string {
  return `(count(count_over_time(ALERTS{alertname="${alert}",alertstate="firing"}[${seconds + 1}s])) > bool 0) or vector(0)`;
}

/** What the tool objects to; nothing when all is as expected. */
function evaluate(series: readonly Series[], seconds: number, expected: (alert: string) => readonly [string, number]): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'seamproof-alerts-'));
  try {
    const file = path.join(directory, 'test.json');
    const queries = alertNames()
      .map(expected)
      .map(([alert, value]) => ({
        expr: queryOf(alert, seconds),
        eval_time: `${seconds}s`,
        exp_samples: [{ labels: '{}', value }],
      }));
    const test = { interval: '1s', input_series: series, promql_expr_test: queries };
    writeFileSync(file, JSON.stringify({ rule_files: [rulesPath], evaluation_interval: '1s', tests: [test] }));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8', maxBuffer: 1 << 26 });
    return status === 0 ? '' : stdout + stderr;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Throws, with what the tool says, when it finds anything wrong. */
export function checkRules(): string {
  return execFileSync('promtool', ['check', 'rules', rulesPath], { encoding: 'utf8' });
}

/** What was scraped of the nodes, as Prometheus would have seen it: the latest sample of each second, nothing where a scrape failed. */
export function seriesOf(samples: readonly SignalSample[]): { readonly series: readonly Series[]; readonly seconds: number } {
  const from = Math.min(...samples.map(({ time }) => time));
  const secondOf = (time: number): number => Math.floor((time - from) / 1e9);
  const seconds = Math.max(...samples.map(({ time }) => secondOf(time)));
  const byName = new Map<string, (number | undefined)[]>();
  for (const { time, node, name, labels = {}, value } of samples) {
    const all = { ...labels, node };
    const pairs = Object.entries(all).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
    const key = `${name}{${pairs.join(',')}}`;
    const values = byName.get(key) ?? Array<number | undefined>(seconds + 1).fill(undefined);
    // A scrape that failed is a value of `up`, and a gap in everything else.
    values[secondOf(time)] = name === 'up' ? (value ?? 0) : value;
    byName.set(key, values);
  }
  return {
    seconds,
    series: [...byName].map(([series, values]) => ({ series, values: values.map((value) => value ?? '_').join(' ') })),
  };
}
