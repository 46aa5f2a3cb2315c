/** The seam signals, small and side by side, so that one can see which of them moved first. */
import { signalSeries } from '../../aggregate/signals.ts';
import { figure } from '../charts/chart.ts';
import { signalChart } from '../charts/signal.ts';
import { html } from '../markup.ts';
import type { Section } from '../section.ts';

export const signalsSection: Section = {
  id: 'signals',
  title: 'Seam signals',
  lead: 'What the pipeline said of itself while it happened. A gap is a node that could not answer.',
  build(model) {
    const { axis } = model;
    if (axis === undefined) return undefined;
    const charts = signalSeries(model.input.evidence.signals, axis).map((series, position) => signalChart(model, axis, series, position));
    return charts.length === 0 ? undefined : { body: html`<div class="dashboard">${charts.map(figure)}</div>`, charts };
  },
};
