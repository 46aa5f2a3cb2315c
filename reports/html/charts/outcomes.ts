/** The load as clients saw it: operations completed a second, stacked by outcome. */
import type { TimeAxis } from '../../aggregate/axis.ts';
import { outcomesOverTime } from '../../aggregate/outcomes.ts';
import { formatCount, formatShare } from '../../text/format.ts';
import type { ReportModel } from '../model.ts';
import { type Chart, compileLayers, type Layer, type LegendEntry } from './chart.ts';
import { backdrop, backdropLegend, backdropTables, bandNumbers, binSpan, hoverColumns, timeScale } from './frame.ts';

const heightPx = 190;

export const outcomeLegend: readonly LegendEntry[] = [
  { label: 'ok', colour: 'var(--ok)', shape: 'area' },
  { label: 'info: outcome unknown', colour: 'var(--info)', shape: 'area' },
  { label: 'fail: did not happen', colour: 'var(--fail)', shape: 'area' },
];

export function outcomesChart(model: ReportModel, axis: TimeAxis): Chart {
  const scale = timeScale(axis);
  const stacked = (fill: string, low: string, high: string): Layer => ({
    data: { name: 'outcomes' },
    transform: [{ calculate: low, as: 'low' }, { calculate: high, as: 'high' }, { filter: 'datum.high > datum.low' }],
    mark: { type: 'rect', fill },
    encoding: { ...binSpan(scale), y: { field: 'low', type: 'quantitative', axis: { tickCount: 4 } }, y2: { field: 'high' } },
  });
  const { operations } = model;
  const totals = [0, 0, 0];
  for (const outcome of operations.outcomeOf) totals[outcome] = (totals[outcome] ?? 0) + 1;
  const [ok = 0, fail = 0, info = 0] = totals;
  return {
    id: 'chart-outcomes',
    title: 'Operations per second, by outcome',
    description: `Of ${formatCount(operations.count)} client operations ${formatShare(ok, operations.count)} were acknowledged, ${formatCount(fail)} definitely did not happen, and of ${formatCount(info)} the outcome is unknown.`,
    heightPx,
    legend: [...outcomeLegend, ...backdropLegend(model)],
    spec: compileLayers(heightPx, [
      ...backdrop(scale),
      stacked('var(--ok)', '0', 'datum.ok'),
      stacked('var(--info)', 'datum.ok', 'datum.ok + datum.info'),
      stacked('var(--fail)', 'datum.ok + datum.info', 'datum.ok + datum.info + datum.fail'),
      bandNumbers(scale),
      hoverColumns('outcomes', scale, heightPx, { ok: 'ok/s', info: 'info/s', fail: 'fail/s' }),
    ]),
    tables: { ...backdropTables(model), outcomes: outcomesOverTime(operations, axis) },
    shown: 'outcomes',
  };
}
