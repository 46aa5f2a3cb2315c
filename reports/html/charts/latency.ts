/** One function's latency: every operation as part of a dot, coloured by outcome, under the quantiles of the acknowledged ones. */
import type { TimeAxis } from '../../aggregate/axis.ts';
import type { FunctionLatency } from '../../aggregate/latency.ts';
import { formatCount } from '../../text/format.ts';
import type { ReportModel } from '../model.ts';
import { type Chart, compileLayers, type Layer, type LegendEntry } from './chart.ts';
import { backdrop, backdropLegend, backdropTables, bandNumbers, hoverColumns, timeScale } from './frame.ts';

const heightPx = 220;
const milliseconds = "datum.value >= 1000 ? format(datum.value / 1000, '~g') + ' s' : format(datum.value, '~g') + ' ms'";

const quantiles = [
  { field: 'p50', shape: 'dotted', strokeDash: [1.5, 2.5] },
  { field: 'p95', shape: 'dashed', strokeDash: [5, 3] },
  { field: 'p99', shape: 'solid', strokeDash: [1, 0] },
] as const;

export function latencyChart(model: ReportModel, axis: TimeAxis, latency: FunctionLatency, position: number): Chart {
  const scale = timeScale(axis);
  const domain = decades(latency.density.latencyMs);
  const y: Encoded = {
    type: 'quantitative',
    scale: { type: 'log', domain: domain.ends, nice: false },
    axis: { values: domain.ticks, labelExpr: milliseconds },
  };
  const [dots, lines] = [`density-${position}`, `quantiles-${position}`];
  const line = ({ field, strokeDash }: (typeof quantiles)[number]): Layer => ({
    data: { name: lines },
    transform: [{ calculate: '(datum.from + datum.to) / 2', as: 'middle' }],
    mark: { type: 'line', stroke: 'var(--ink)', strokeWidth: 1.4, strokeDash: [...strokeDash], clip: true },
    encoding: { x: { field: 'middle', type: 'quantitative', ...scale }, y: { field, ...y } },
  });
  return {
    id: `chart-latency-${position}`,
    title: latency.name,
    description: `Latency of ${formatCount(latency.count)} ${latency.name} operations over time, on a logarithmic axis: quantiles of those acknowledged, and all by outcome.`,
    heightPx,
    legend: position === 0 ? [...latencyLegend, ...backdropLegend(model)] : [],
    spec: compileLayers(heightPx, [
      ...backdrop(scale),
      {
        data: { name: dots },
        mark: { type: 'circle', size: 13, clip: true },
        encoding: {
          x: { field: 'at', type: 'quantitative', ...scale },
          y: { field: 'latencyMs', ...y },
          fill: {
            field: 'outcome',
            type: 'nominal',
            scale: { domain: ['ok', 'info', 'fail'], range: ['var(--ok)', 'var(--info)', 'var(--fail)'] },
            legend: null,
          },
          opacity: { field: 'count', type: 'quantitative', scale: { type: 'log', range: [0.3, 1] }, legend: null },
        },
      },
      ...quantiles.map(line),
      bandNumbers(scale),
      hoverColumns(lines, scale, heightPx, { count: 'acknowledged', p50: 'p50 ms', p95: 'p95 ms', p99: 'p99 ms' }),
    ]),
    tables: { ...backdropTables(model), [dots]: latency.density, [lines]: latency.quantiles },
    shown: lines,
  };
}

type Encoded = Readonly<{
  type: 'quantitative';
  scale: { type: 'log'; domain: number[]; nice: false };
  axis: { values: number[]; labelExpr: string };
}>;

const latencyLegend: readonly LegendEntry[] = [
  ...quantiles.map(({ field, shape }) => ({ label: field, colour: 'var(--ink)', shape })),
  { label: 'ok', colour: 'var(--ok)', shape: 'dot' },
  { label: 'info', colour: 'var(--info)', shape: 'dot' },
  { label: 'fail', colour: 'var(--fail)', shape: 'dot' },
];

/** Whole powers of ten around all values, each with a tick. */
function decades(latencies: readonly unknown[]): { readonly ends: number[]; readonly ticks: number[] } {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const value of latencies) {
    if (typeof value !== 'number') continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high === 0) return { ends: [1, 1000], ticks: [1, 10, 100, 1000] };
  const first = Math.floor(Math.log10(low));
  const last = Math.max(first + 1, Math.ceil(Math.log10(high)));
  const ticks = Array.from({ length: last - first + 1 }, (_unused, step) => 10 ** (first + step));
  return { ends: [10 ** first, 10 ** last], ticks };
}
