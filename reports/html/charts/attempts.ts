/** The load as the callee's proxy saw it: first attempts and retries, what was answered with success, and the amplification below. */

import type { Attempts } from '../../aggregate/attempts.ts';
import type { TimeAxis } from '../../aggregate/axis.ts';
import { formatCount, formatShare } from '../../text/format.ts';
import type { ReportModel } from '../model.ts';
import { type Chart, compileLayers } from './chart.ts';
import { backdrop, backdropTables, bandNumbers, binSpan, hoverColumns, timeScale } from './frame.ts';

const heightPx = 170;
const amplificationHeightPx = 80;
const middleOfBin = { calculate: '(datum.from + datum.to) / 2', as: 'middle' } as const;

export function attemptCharts(model: ReportModel, axis: TimeAxis, attempts: Attempts): readonly Chart[] {
  const scale = timeScale(axis);
  const tables = { ...backdropTables(model), attempts: attempts.table };
  const middle = { field: 'middle', type: 'quantitative', ...scale } as const;
  const total = attempts.firstTotal + attempts.retryTotal;
  return [
    {
      id: 'chart-attempts',
      title: 'Calls with an effect, per second',
      description: `${formatCount(total)} physical calls: ${formatCount(attempts.firstTotal)} first attempts and ${formatCount(attempts.retryTotal)} retries (${formatShare(attempts.retryTotal, total)}); ${formatCount(attempts.goodTotal)} answered with success.`,
      heightPx,
      legend: [
        { label: 'first attempts', colour: 'var(--first)', shape: 'area' },
        { label: 'retries', colour: 'var(--retry)', shape: 'area' },
        { label: 'goodput', colour: 'var(--ink)', shape: 'solid' },
      ],
      spec: compileLayers(heightPx, [
        ...backdrop(scale),
        {
          data: { name: 'attempts' },
          transform: [{ calculate: '0', as: 'zero' }],
          mark: { type: 'rect', fill: 'var(--first)' },
          encoding: { ...binSpan(scale), y: { field: 'zero', type: 'quantitative', axis: { tickCount: 4 } }, y2: { field: 'first' } },
        },
        {
          data: { name: 'attempts' },
          transform: [{ calculate: 'datum.first + datum.retries', as: 'all' }, { filter: 'datum.retries > 0' }],
          mark: { type: 'rect', fill: 'var(--retry)' },
          encoding: { ...binSpan(scale), y: { field: 'first', type: 'quantitative' }, y2: { field: 'all' } },
        },
        {
          data: { name: 'attempts' },
          transform: [middleOfBin],
          mark: { type: 'line', stroke: 'var(--ink)', strokeWidth: 1.3 },
          encoding: { x: middle, y: { field: 'goodput', type: 'quantitative' } },
        },
        bandNumbers(scale),
        hoverColumns('attempts', scale, heightPx, {
          first: 'first/s',
          retries: 'retries/s',
          goodput: 'good/s',
          amplification: 'amplification',
        }),
      ]),
      tables,
      shown: 'attempts',
    },
    {
      id: 'chart-amplification',
      title: 'Amplification: all attempts ÷ first attempts',
      description: `${(total / Math.max(1, attempts.firstTotal)).toFixed(2)} calls for each first attempt over the whole run.`,
      heightPx: amplificationHeightPx,
      legend: [],
      spec: compileLayers(amplificationHeightPx, [
        ...backdrop(scale),
        {
          data: { name: 'attempts' },
          transform: [{ filter: 'datum.amplification !== null' }, { calculate: '1', as: 'one' }],
          mark: { type: 'rect', fill: 'var(--retry)', fillOpacity: 0.85 },
          encoding: {
            ...binSpan(scale),
            y: {
              field: 'one',
              type: 'quantitative',
              scale: { zero: false, domainMin: 1, nice: true },
              axis: { tickCount: 3, labelExpr: "format(datum.value, '.2~f') + '×'" },
            },
            y2: { field: 'amplification' },
          },
        },
        hoverColumns('attempts', scale, amplificationHeightPx, { amplification: 'amplification' }),
      ]),
      tables,
      shown: 'attempts',
    },
  ];
}
