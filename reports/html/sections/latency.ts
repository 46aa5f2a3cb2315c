/** Latency by function, over time. */
import { latencyByFunction } from '../../aggregate/latency.ts';
import { figure } from '../charts/chart.ts';
import { latencyChart } from '../charts/latency.ts';
import { html } from '../markup.ts';
import type { Section } from '../section.ts';

const maxFunctions = 6;

export const latencySection: Section = {
  id: 'latency',
  title: 'Latency',
  lead: 'From the intended start of each operation to its completion. Dots are operations by outcome, lines are quantiles of those acknowledged.',
  build(model) {
    const { axis, operations } = model;
    if (axis === undefined || operations.count === 0) return undefined;
    const charts = latencyByFunction(operations, axis, maxFunctions).map((latency, position) =>
      latencyChart(model, axis, latency, position),
    );
    const left = operations.functions.length - charts.length;
    return {
      body: html`${charts.map(figure)}${left > 0 ? html`<p class="quiet">${left} functions that were called less are left out.</p>` : undefined}`,
      charts,
    };
  },
};
