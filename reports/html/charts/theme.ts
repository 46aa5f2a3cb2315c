/** How every chart looks. Colours are the page's CSS variables, so a chart follows light, dark and print by itself. */
import type { Config } from 'vega-lite';

const font = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Equal for all charts, so that the same moment stands at the same place in each. */
const axisWidthPx = 46;

export const config = {
  font,
  view: { stroke: null },
  axis: {
    domain: false,
    ticks: false,
    grid: true,
    gridColor: 'var(--grid)',
    labelColor: 'var(--muted)',
    labelFontSize: 11,
    labelPadding: 6,
    title: null,
  },
  axisX: {
    grid: false,
    domain: true,
    domainColor: 'var(--rule)',
    ticks: true,
    tickColor: 'var(--rule)',
    tickSize: 4,
    labelPadding: 3,
    labelFlush: false,
    labelOverlap: 'parity',
    labelSeparation: 8,
  },
  axisY: { minExtent: axisWidthPx, maxExtent: axisWidthPx },
  text: { color: 'var(--muted)', fontSize: 10 },
} as const satisfies Config;
