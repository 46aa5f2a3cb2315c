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
  const y = {
    field: 'value',
    type: 'quantitative',
    scale: { domain: extent(series), zero: false, nice: true },
    axis: { tickCount: 3, labelExpr: "format(datum.value, ',.6~r')" },
  } as const;
  return {
    id: `chart-${name}`,
    title: `${title}, ${unit}`,
    description: `${title} (${unit}): from ${series.least} to ${series.greatest}, last ${series.last}.`,
    heightPx,
    legend: [],
    spec: compileLayers(heightPx, [
      ...backdrop(scale),
      {
        data: { name },
        mark: { type: 'line', stroke: 'var(--signal)', strokeWidth: 1.5, interpolate: 'step-after', tooltip: true },
        encoding: { x, y },
      },
    ]),
    tables: { ...backdropTables(model), [name]: series.table },
    shown: name,
  };
}

/** From zero, except what counts up from anywhere; and never without height. */
function extent({ definition, least, greatest }: SignalSeries): [number, number] {
  const from = definition.floats === true ? least - 1 : Math.min(0, least);
  return [from, greatest > from ? greatest : from + 1];
}
