/** One run among those that are compared: its figures by name, and what customers saw over time, counted from the beginning of the load. */
import type { CheckResult } from '../../harness/history/index.ts';
import { axisBetween, binOf, binStarts, round, second } from '../aggregate/axis.ts';
import { nearestRank, sortedLatencies } from '../aggregate/latency.ts';
import { type ClientOperations, clientOperations } from '../aggregate/operations.ts';
import { phaseFigures } from '../aggregate/phases.ts';
import type { Cell, Table } from '../aggregate/table.ts';
import { formatDuration, formatRate, formatShare } from '../text/format.ts';
import type { ReportInput } from '../types.ts';

export interface Figure {
  readonly name: string;
  /** For programs; `null` when the run doesn't say. */
  readonly value: string | number | null;
  /** For people. */
  readonly text: string;
}

export type SeriesColumn = 'from' | 'to' | 'p99' | 'okPerSecond';

export interface ComparedRun {
  /** What sets it apart: `lease=2s`. */
  readonly label: string;
  readonly figures: readonly Figure[];
  /** Seconds of load; p99 in milliseconds of acknowledged operations, by when they were meant to begin. */
  readonly series: Table<SeriesColumn>;
  readonly faults: readonly { readonly id: string; readonly from: number; readonly to: number }[];
  readonly runDirectory: string;
}

const maxBins = 120;
const none = '–';

/** `named` are figures that a checker counts, as `checker.count`. */
export function compareRun(label: string, input: ReportInput, named: readonly string[]): ComparedRun {
  const { evidence, run } = input;
  const operations = clientOperations(evidence.history);
  const beganNs = evidence.windows.find(({ name }) => name === 'warm-up')?.from ?? 0;
  const seconds = (ns: number): number => round((ns - beganNs) / second);
  return {
    label,
    figures: [...outcomeFigures(input), ...phaseLatencies(input, operations), ...named.map((name) => namedFigure(name, input))],
    series: seriesOf(operations, beganNs),
    faults: evidence.faults.map(({ id, startedAt, healedAt = startedAt }) => ({ id, from: seconds(startedAt), to: seconds(healedAt) })),
    runDirectory: run.runDirectory,
  };
}

function outcomeFigures({ verdict, run }: ReportInput): readonly Figure[] {
  const violated = Object.entries(verdict.checkers).flatMap(([name, { verdict: answer }]) => (answer === 'invalid' ? [name] : []));
  const { availability } = verdict.checkers;
  const outageMs = dataOf(availability, 'lengthMs').find((data) => typeof data['lengthMs'] === 'number')?.['lengthMs'];
  return [
    { name: 'verdict', value: verdict.verdict, text: verdict.verdict },
    { name: 'violated', value: violated.join(', '), text: violated.length === 0 ? 'nothing' : violated.join(', ') },
    { name: 'operations', value: run.stats.opsPerSecond, text: formatRate(run.stats.opsPerSecond) },
    shareFigure('served', availability?.examined['served'], availability?.examined['invoked']),
    ...['clean-before', 'faults'].flatMap((window) => {
      const data = dataOf(availability, 'window').find((one) => one['window'] === window);
      return data === undefined ? [] : [shareFigure(`served, ${window}`, data['served'], data['invoked'])];
    }),
    typeof outageMs === 'number'
      ? { name: 'longest outage', value: outageMs, text: formatDuration(outageMs) }
      : { name: 'longest outage', value: null, text: none },
  ];
}

function dataOf(result: CheckResult | undefined, field: string): readonly Readonly<Record<string, unknown>>[] {
  return (result?.evidence ?? []).flatMap(({ data }) => (data !== undefined && Object.hasOwn(data, field) ? [data] : []));
}

function shareFigure(name: string, part: unknown, whole: unknown): Figure {
  if (typeof part !== 'number' || typeof whole !== 'number' || whole === 0) return { name, value: null, text: none };
  return { name, value: part / whole, text: formatShare(part, whole) };
}

function phaseLatencies({ evidence }: ReportInput, operations: ClientOperations): readonly Figure[] {
  return phaseFigures(evidence, operations).flatMap(({ name, p50Ms, p99Ms }) => [
    latencyFigure(`p50, ${name.toLowerCase()}`, p50Ms),
    latencyFigure(`p99, ${name.toLowerCase()}`, p99Ms),
  ]);
}

function latencyFigure(name: string, ms: number | null): Figure {
  return { name, value: ms, text: ms === null ? none : ms < 1000 ? `${ms.toFixed(1)} ms` : formatDuration(ms) };
}

function namedFigure(name: string, { verdict }: ReportInput): Figure {
  const [checker = '', ...rest] = name.split('.');
  const value = verdict.checkers[checker]?.examined[rest.join('.')];
  return { name, value: value ?? null, text: value === undefined ? none : String(value) };
}

function seriesOf(operations: ClientOperations, beganNs: number): Table<SeriesColumn> {
  const endNs = operations.startNs.subarray(0, operations.count).reduce((latest, at) => Math.max(latest, at), beganNs);
  const shifted = {
    ...operations,
    startNs: operations.startNs.map((at) => at - beganNs),
    endNs: operations.endNs.map((at) => at - beganNs),
  };
  const axis = axisBetween(0, Math.max(second, endNs - beganNs), maxBins, 1);
  const bins = sortedLatencies(shifted, axis.binCount, (position) =>
    shifted.outcomeOf[position] === 0 ? binOf(axis, shifted.startNs[position] ?? 0) : -1,
  );
  const from = binStarts(axis);
  return {
    from,
    to: from.map((at) => round(at + axis.binSeconds)),
    p99: bins.map((latencies): Cell => nearestRank(latencies, 0.99)),
    okPerSecond: bins.map((latencies) => round(latencies.length / axis.binSeconds)),
  };
}
