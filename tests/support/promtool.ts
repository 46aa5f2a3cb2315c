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

/** The alerts that fired at any time within `seconds`. Throws when the rules cannot be read. */
export function alertsFiring(series: readonly Series[], seconds: number): ReadonlySet<string> {
  return new Set(alertNames().filter((alert) => fires(alert, series, seconds)));
}

/** Asks whether it fired, and whether it did not: exactly one of them must hold. */
function fires(alert: string, series: readonly Series[], seconds: number): boolean {
  const [did, didNot] = [1, 0].map((expected) => holds(alert, series, seconds, expected));
  if (did === didNot) throw new Error(`promtool neither confirms nor denies that ${alert} fired`);
  return did === true;
}

function holds(alert: string, series: readonly Series[], seconds: number, expected: number): boolean {
  const directory = mkdtempSync(path.join(tmpdir(), 'seamproof-alerts-'));
  try {
    const firing = `ALERTS{alertname="${alert}",alertstate="firing"}`;
    const file = path.join(directory, 'test.json');
    writeFileSync(
      file,
      JSON.stringify({
        rule_files: [rulesPath],
        evaluation_interval: '1s',
        tests: [
          {
            interval: '1s',
            input_series: series,
            promql_expr_test: [
              {
                expr: `(count(count_over_time(${firing}[${seconds + 1}s])) > bool 0) or vector(0)`,
                eval_time: `${seconds}s`,
                exp_samples: [{ labels: '{}', value: expected }],
              },
            ],
          },
        ],
      }),
    );
    return spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' }).status === 0;
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
