/**
 * A chart: a Vega-Lite specification compiled to Vega when the report is written, the tables it draws from, and the figure it stands in.
 */
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Table } from '../../aggregate/table.ts';
import { html, type Markup } from '../markup.ts';
import { config } from './theme.ts';

export interface LegendEntry {
  readonly label: string;
  /** A CSS colour. */
  readonly colour: string;
  readonly shape: 'area' | 'dot' | 'band' | 'solid' | 'dashed' | 'dotted';
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What it shows, in words, for those who can't see it. */
  readonly description: string;
  readonly heightPx: number;
  readonly legend: readonly LegendEntry[];
  /** Compiled Vega. */
  readonly spec: unknown;
  /** By the name the specification uses. The same name means the same table everywhere on the page. */
  readonly tables: Readonly<Record<string, Table>>;
  /** The table to offer under the chart. */
  readonly shown: string;
}

export type Layer = Extract<TopLevelSpec, { layer: readonly unknown[] }>['layer'][number];

/** Layers over one another on one pair of axes; as wide as the page, whatever that is. */
export function compileLayers(heightPx: number, layers: readonly Layer[]): unknown {
  const specification = {
    width: 640,
    height: heightPx,
    autosize: { type: 'fit-x', contains: 'padding' },
    padding: { left: 0, right: 14, top: 6, bottom: 2 },
    background: 'transparent',
    config,
    layer: [...layers],
  } satisfies TopLevelSpec;
  return compile(specification).spec;
}

export function figure(chart: Chart): Markup {
  return html`<figure class="chart">
<figcaption><h3>${chart.title}</h3>${legend(chart.legend)}</figcaption>
<div class="canvas" data-chart="${chart.id}" data-description="${chart.description}" style="min-height:${chart.heightPx + 26}px"></div>
<noscript><p class="quiet">${chart.description} The graph itself needs JavaScript.</p></noscript>
<details class="data" data-table="${chart.shown}" hidden><summary>Show the data</summary></details>
</figure>
`;
}

function legend(entries: readonly LegendEntry[]): Markup | undefined {
  if (entries.length === 0) return undefined;
  return html`<ul class="legend">${entries.map(
    ({ label, colour, shape }) => html`<li><i class="swatch ${shape}" style="--swatch:${colour}"></i>${label}</li>`,
  )}</ul>`;
}
