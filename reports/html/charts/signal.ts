/** One seam signal over time, small. */
import type { TimeAxis } from '../../aggregate/axis.ts';
import type { SignalSeries } from '../../aggregate/signals.ts';
import type { ReportModel } from '../model.ts';
import { type Chart, compileLayers } from './chart.ts';
import { backdrop, backdropTables, timeScale } from './frame.ts';

const heightPx = 96;

export function signalChart(model: ReportModel, axis: TimeAxis, series: SignalSeries, position: number): Chart {
  const scale = timeScale(axis);
  const x = { field: 'at', type: 'quantitative', ...scale } as const;
  const { title, unit } = series.definition;
  const name = `signal-${position}`;
  // A token counts up from anywhere; everything else is read against zero.
  const y = { field: 'value', type: 'quantitative', scale: { zero: title !== 'Leader token' }, axis: { tickCount: 3 } } as const;
  return {
    id: `chart-${name}`,
    title,
    description: `${title} (${unit}): from ${series.least} to ${series.greatest}, last ${series.last}.`,
    heightPx,
    legend: [],
    spec: compileLayers(heightPx, [
      ...backdrop(scale),
      { data: { name }, mark: { type: 'line', stroke: 'var(--signal)', strokeWidth: 1.5, interpolate: 'step-after', clip: true, tooltip: true }, encoding: { x, y } },
    ]),
    tables: { ...backdropTables(model), [name]: series.table },
    shown: name,
  };
}
