/** Draws every chart into its figure and keeps it as wide as the page. */
import { rows } from './rows.js';
import { tooltipHandler } from './tooltip.js';
import { createView } from './vega.js';

export async function drawCharts({ charts, tables }) {
  for (const { id, spec, tables: names } of charts) {
    const container = document.querySelector(`[data-chart="${id}"]`);
    if (container === null) continue;
    const view = createView(spec, container);
    view.tooltip(tooltipHandler);
    for (const name of names) view.data(name, rows(tables[name]));
    view.width(container.clientWidth);
    await view.runAsync();
    describe(container);
    followWidth(view, container);
  }
  document.documentElement.dataset.charts = 'drawn';
}

/** The figure's caption says what the chart shows; to a screen reader the thousand marks inside are one image. */
function describe(container) {
  const svg = container.querySelector('svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', container.dataset.description);
  for (const child of svg.children) child.setAttribute('aria-hidden', 'true');
}

function followWidth(view, container) {
  let drawn = container.clientWidth;
  new ResizeObserver(() => {
    const width = container.clientWidth;
    if (width === 0 || width === drawn) return;
    drawn = width;
    view.width(width).runAsync();
  }).observe(container);
}
