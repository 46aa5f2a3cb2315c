/** What the charts over time have in common: the time scale, fault bands behind the marks, clean windows, and a place to hover. */
import { second, type TimeAxis } from '../../aggregate/axis.ts';
import type { Table } from '../../aggregate/table.ts';
import type { ReportModel } from '../model.ts';
import type { Layer, LegendEntry } from './chart.ts';

const tickSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600] as const;
const maxTicks = 9;

/** Seconds of the run as `m:ss`. */
const clock = (value: string): string => `floor(${value} / 60) + ':' + format(floor(${value} % 60), '02d')`;

export interface TimeScale {
  readonly scale: { readonly domain: [number, number]; readonly nice: false; readonly zero: false };
  readonly axis: { readonly values: number[]; readonly labelExpr: string };
}

export function timeScale(axis: TimeAxis): TimeScale {
  const from = axis.fromNs / second;
  const to = axis.toNs / second;
  const step = tickSteps.find((size) => (to - from) / size <= maxTicks) ?? Math.ceil((to - from) / maxTicks / 3600) * 3600;
  const values: number[] = [];
  for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) values.push(tick);
  return { scale: { domain: [from, to], nice: false, zero: false }, axis: { values, labelExpr: clock('datum.value') } };
}

/** Where the bars of a bin lie. */
export function binSpan(scale: TimeScale) {
  return { x: { field: 'from', type: 'quantitative', ...scale }, x2: { field: 'to' } } as const;
}

/** Bands and clean windows, to stand behind the marks. */
export function backdrop(scale: TimeScale): readonly Layer[] {
  return [
    {
      data: { name: 'bands' },
      mark: { type: 'rect', fillOpacity: 0.16, clip: true },
      encoding: {
        ...binSpan(scale),
        fill: { field: 'colour', type: 'nominal', scale: null },
        tooltip: { field: 'fault', type: 'nominal' },
      },
    },
    {
      data: { name: 'clean' },
      mark: { type: 'rect', fill: 'var(--valid)', fillOpacity: 0.8, clip: true },
      encoding: { ...binSpan(scale), y: { value: 0 }, y2: { value: 3 } },
    },
  ];
}

/** The number of each band, on top of the marks. */
export function bandNumbers(scale: TimeScale): Layer {
  return {
    data: { name: 'bands' },
    mark: { type: 'text', align: 'left', baseline: 'top', dx: 3, dy: 5, fontWeight: 600, clip: true },
    encoding: { x: { field: 'from', type: 'quantitative', ...scale }, y: { value: 0 }, text: { field: 'number', type: 'nominal' } },
  };
}

/** An unseen column a bin, as tall as the chart, that answers to the pointer with the figures of the bin. */
export function hoverColumns(data: string, scale: TimeScale, heightPx: number, fields: Readonly<Record<string, string>>): Layer {
  return {
    name: 'hover',
    data: { name: data },
    transform: [{ calculate: clock('datum.from'), as: 'clock' }],
    mark: { type: 'rect', fill: 'var(--ink)', fillOpacity: 0 },
    encoding: {
      ...binSpan(scale),
      y: { value: 0 },
      y2: { value: heightPx },
      tooltip: [
        { field: 'clock', type: 'nominal', title: 'at' },
        ...Object.entries(fields).map(([field, title]) => ({ field, type: 'nominal' as const, title })),
      ],
    },
  };
}

/** The tables `backdrop` and `bandNumbers` draw from. */
export function backdropTables({ bandTable, cleanTable }: ReportModel): Readonly<Record<'bands' | 'clean', Table>> {
  return { bands: bandTable, clean: cleanTable };
}

export function backdropLegend({ bands, cleanTable }: ReportModel): readonly LegendEntry[] {
  const nemeses = new Map(bands.map(({ nemesis, colour }) => [nemesis, colour]));
  const clean = cleanTable['from']?.length === 0 ? [] : [{ label: 'clean window', colour: 'var(--valid)', shape: 'solid' } as const];
  return [...[...nemeses].map(([label, colour]) => ({ label, colour, shape: 'band' }) as const), ...clean];
}
