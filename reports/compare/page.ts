/** A comparison as a page: latency and goodput of all runs on the same axes, and the figures beside each other. */
import { second } from '../aggregate/axis.ts';
import type { Table } from '../aggregate/table.ts';
import { type Chart, compileLayers, figure, type Layer, type LegendEntry } from '../html/charts/chart.ts';
import { binSpan, timeScale } from '../html/charts/frame.ts';
import type { ReportClient } from '../html/client.ts';
import { documentOf } from '../html/document.ts';
import { html } from '../html/markup.ts';
import type { ComparedRun, SeriesColumn } from './figures.ts';
import { comparisonRows } from './table.ts';

export interface ComparisonPage {
  readonly title: string;
  /** What all of them have in common. */
  readonly lead: string;
  readonly runs: readonly ComparedRun[];
}

const heightPx = 220;
/** Each also has a dash pattern of its own, so that nothing is told by colour alone. */
const colours = ['var(--ok)', 'var(--fail)', 'var(--info)', 'var(--ink)', 'var(--muted)'] as const;
const dashes: readonly (readonly number[])[] = [
  [1, 0],
  [6, 3],
  [1.5, 2.5],
  [9, 3, 2, 3],
  [3, 6],
];
const shapes = ['solid', 'dashed', 'dotted', 'dashed', 'dotted'] as const;

export function comparisonPage({ title, lead, runs }: ComparisonPage, client: ReportClient): string {
  const charts = [
    chartOf('p99', 'Latency in milliseconds: 99 % of acknowledged operations were faster', 'milliseconds', 'log', runs),
    chartOf(
      'okPerSecond',
      'Goodput: acknowledged operations a second, by when they were meant to begin',
      'operations a second',
      'linear',
      runs,
    ),
  ];
  const body = html`<header class="masthead"><span class="wordmark">Seamproof</span><span>harness compare</span></header>
<main id="main">
<section aria-labelledby="compared"><h1 id="compared">${title}</h1><p class="lead">${lead}</p>
${charts.map(figure)}</section>
<section aria-labelledby="figures"><h2 id="figures">Figures</h2>
<div class="scroll" tabindex="0"><table><thead><tr><th scope="col"></th>${runs.map(({ label }) => html`<th scope="col">${label}</th>`)}</tr></thead>
<tbody>${comparisonRows(runs).map(({ name, cells }) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}
<tr><th scope="row">evidence</th>${runs.map(({ runDirectory }) => html`<td><code>${runDirectory}</code></td>`)}</tr></tbody></table></div>
</section>
</main>`;
  return documentOf({ title, body, charts, client });
}

function chartOf(
  column: Extract<SeriesColumn, 'p99' | 'okPerSecond'>,
  title: string,
  unit: string,
  scale: 'log' | 'linear',
  runs: readonly ComparedRun[],
): Chart {
  const endSeconds = Math.max(1, ...runs.flatMap(({ series }) => series.to.map(Number)));
  const time = timeScale({ fromNs: 0, toNs: endSeconds * second, binSeconds: 1, binCount: 1 });
  const lines = runs.map(
    (_, position): Layer => ({
      data: { name: column },
      transform: [
        { filter: `datum.line === ${position + 1} && isNumber(datum.value)` },
        { calculate: '(datum.from + datum.to) / 2', as: 'middle' },
      ],
      mark: {
        type: 'line',
        stroke: colours[position % colours.length] ?? 'var(--ink)',
        strokeWidth: 1.6,
        strokeDash: [...(dashes[position % dashes.length] ?? [1, 0])],
        clip: true,
      },
      encoding: {
        x: { field: 'middle', type: 'quantitative', ...time },
        y: { field: 'value', type: 'quantitative', scale: scale === 'log' ? { type: 'log' } : { zero: true }, axis: { tickCount: 4 } },
      },
    }),
  );
  const bands: Layer = {
    data: { name: 'bands' },
    mark: { type: 'rect', fill: 'var(--band-1)', fillOpacity: 0.12, clip: true },
    encoding: binSpan(time),
  };
  return {
    id: `chart-${column}`,
    title,
    description: `${title}, of ${runs.map(({ label }) => label).join(', ')}; ${unit} over the seconds of load.`,
    heightPx,
    legend: legendOf(runs),
    spec: compileLayers(heightPx, [bands, ...lines]),
    tables: {
      bands: bandsOf(runs),
      [column]: longTable(column, runs),
    },
    shown: column,
  };
}

/** The schedule is the same for all, so that the faults of one stand for those of the others. */
function bandsOf([first]: readonly ComparedRun[]): Table<'from' | 'to'> {
  const faults = first?.faults ?? [];
  return { from: faults.map(({ from }) => from), to: faults.map(({ to }) => to) };
}

/** All runs below each other, `line` telling which a row is of. */
function longTable(column: 'p99' | 'okPerSecond', runs: readonly ComparedRun[]): Table<'line' | 'run' | 'from' | 'to' | 'value'> {
  return {
    line: runs.flatMap(({ series }, position) => series.from.map(() => position + 1)),
    run: runs.flatMap(({ label, series }) => series.from.map(() => label)),
    from: runs.flatMap(({ series }) => series.from),
    to: runs.flatMap(({ series }) => series.to),
    value: runs.flatMap(({ series }) => series[column]),
  };
}

function legendOf(runs: readonly ComparedRun[]): readonly LegendEntry[] {
  const lines = runs.map(({ label }, position): LegendEntry => {
    const colour = colours[position % colours.length] ?? 'var(--ink)';
    return { label, colour, shape: shapes[position % shapes.length] ?? 'solid' };
  });
  const [first] = runs;
  const faults: LegendEntry = {
    label: `faults${runs.length > 1 ? ` (when ${first?.label ?? ''} had them)` : ''}`,
    colour: 'var(--band-1)',
    shape: 'band',
  };
  return (first?.faults.length ?? 0) === 0 ? lines : [...lines, faults];
}
