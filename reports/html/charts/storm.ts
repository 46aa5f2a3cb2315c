/** A retry storm in time: the load on the callee under its capacity, the retries under their budget, the amplification, and the contrast. */
import type { StormOverTime } from '../../aggregate/storm.ts';
import type { ReportModel } from '../model.ts';
import { type Chart, compileLayers, type Layer, type LegendEntry } from './chart.ts';
import { backdrop, backdropLegend, backdropTables, bandNumbers, binSpan, hoverColumns, type TimeScale, timeScale } from './frame.ts';

const loadHeightPx = 200;
const budgetHeightPx = 100;
const contrastHeightPx = 170;
const middleOfBin = { calculate: '(datum.from + datum.to) / 2', as: 'middle' } as const;

interface Drawing {
  readonly storm: StormOverTime;
  readonly data: string;
  readonly scale: TimeScale;
  readonly tables: Chart['tables'];
  readonly model: ReportModel;
}

export function stormCharts(model: ReportModel, storm: StormOverTime, position: number): readonly Chart[] {
  const data = `storm-${position}`;
  const drawing = { storm, data, model, scale: timeScale(storm.axis), tables: { ...backdropTables(model), [data]: storm.table } };
  return [
    loadChart(drawing),
    budgetChart(drawing),
    amplificationChart(drawing),
    ...(storm.controlBug === undefined ? [] : [contrastChart(drawing, storm.controlBug)]),
  ];
}

function line(
  { data, scale }: Drawing,
  field: string,
  stroke: string,
  { strokeDash = [], strokeWidth = 1.4 }: { strokeDash?: readonly number[]; strokeWidth?: number } = {},
): Layer {
  return {
    data: { name: data },
    transform: [middleOfBin, { filter: `datum.${field} !== null` }],
    mark: { type: 'line', stroke, strokeWidth, strokeDash: [...strokeDash], clip: true },
    encoding: { x: { field: 'middle', type: 'quantitative', ...scale }, y: { field, type: 'quantitative' } },
  };
}

/** μ, from one end to the other. */
function capacityLine({ storm }: Drawing): readonly Layer[] {
  const { capacityPerSecond } = storm.facts;
  return capacityPerSecond === undefined
    ? []
    : [
        {
          data: { values: [{ capacity: capacityPerSecond }] },
          mark: { type: 'rule', stroke: 'var(--invalid)', strokeWidth: 1.4, strokeDash: [6, 4] },
          encoding: { y: { field: 'capacity', type: 'quantitative' } },
        },
      ];
}

function capacityLegend({ storm }: Drawing): readonly LegendEntry[] {
  const { capacityPerSecond } = storm.facts;
  return capacityPerSecond === undefined
    ? []
    : [{ label: `capacity μ, ${capacityPerSecond.toFixed(0)}/s`, colour: 'var(--invalid)', shape: 'dashed' }];
}

/** Room above the highest bar and the capacity, for the marks at the top. */
function topOf({ facts, table }: StormOverTime): number {
  const highest = Math.max(...table.first.map((first, bin) => Number(first) + Number(table.retries[bin])), facts.capacityPerSecond ?? 0);
  return 1.1 * highest;
}

function loadChart(drawing: Drawing): Chart {
  const { storm, data, model, scale, tables } = drawing;
  const { fromRole, toRole } = storm.facts.edge;
  return {
    id: `chart-${data}-load`,
    title: `Calls from ${fromRole} to ${toRole}, per second`,
    description: `First attempts, retries and goodput at ${toRole} over time, below its capacity; the stall is shaded.`,
    heightPx: loadHeightPx,
    legend: [
      { label: 'first attempts F', colour: 'var(--first)', shape: 'area' },
      { label: 'retries R', colour: 'var(--retry)', shape: 'area' },
      { label: 'goodput G', colour: 'var(--ink)', shape: 'solid' },
      ...capacityLegend(drawing),
      ...backdropLegend(model),
    ],
    spec: compileLayers(loadHeightPx, [
      ...backdrop(scale),
      {
        data: { name: data },
        transform: [{ calculate: '0', as: 'zero' }],
        mark: { type: 'rect', fill: 'var(--first)' },
        encoding: {
          ...binSpan(scale),
          y: { field: 'zero', type: 'quantitative', scale: { domainMax: topOf(storm) }, axis: { tickCount: 4 } },
          y2: { field: 'first' },
        },
      },
      {
        data: { name: data },
        transform: [{ calculate: 'datum.first + datum.retries', as: 'all' }, { filter: 'datum.retries > 0' }],
        mark: { type: 'rect', fill: 'var(--retry)' },
        encoding: { ...binSpan(scale), y: { field: 'first', type: 'quantitative' }, y2: { field: 'all' } },
      },
      line(drawing, 'goodput', 'var(--ink)'),
      ...capacityLine(drawing),
      bandNumbers(scale),
      hoverColumns(data, scale, loadHeightPx, { first: 'first/s', retries: 'retries/s', goodput: 'good/s' }),
    ]),
    tables,
    shown: data,
  };
}

function budgetChart(drawing: Drawing): Chart {
  const { storm, data, scale, tables } = drawing;
  const { budgetWindowMs, budgetShare } = storm.facts;
  const seconds = budgetWindowMs / 1000;
  return {
    id: `chart-${data}-budget`,
    title: `Retries in the last ${seconds} s, and what the budget allows`,
    description: `Retries within ${seconds} seconds stay below ${100 * budgetShare} % of the first attempts of that time and the floor.`,
    heightPx: budgetHeightPx,
    legend: [
      { label: 'retries', colour: 'var(--retry)', shape: 'area' },
      { label: 'budget', colour: 'var(--ink)', shape: 'dashed' },
    ],
    spec: compileLayers(budgetHeightPx, [
      ...backdrop(scale),
      {
        data: { name: data },
        transform: [{ calculate: '0', as: 'zero' }],
        mark: { type: 'rect', fill: 'var(--retry)' },
        encoding: {
          ...binSpan(scale),
          y: { field: 'zero', type: 'quantitative', axis: { tickCount: 3 } },
          y2: { field: 'windowRetries' },
        },
      },
      line(drawing, 'windowAllowed', 'var(--ink)', { strokeDash: [5, 3] }),
      hoverColumns(data, scale, budgetHeightPx, { windowRetries: 'retries', windowAllowed: 'allowed' }),
    ]),
    tables,
    shown: data,
  };
}

function amplificationChart(drawing: Drawing): Chart {
  const { storm, data, scale, tables } = drawing;
  return {
    id: `chart-${data}-amplification`,
    title: 'Amplification: all attempts ÷ first attempts',
    description: `How many calls came for each first attempt; at most ${storm.facts.attemptsMax} where every one is tried again as often as allowed.`,
    heightPx: budgetHeightPx,
    legend: [
      { label: 'with the budget', colour: 'var(--retry)', shape: 'area' },
      ...(storm.controlBug === undefined ? [] : [{ label: 'without it', colour: 'var(--invalid)', shape: 'solid' } as const]),
    ],
    spec: compileLayers(budgetHeightPx, [
      ...backdrop(scale),
      {
        data: { name: data },
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
      ...(storm.controlBug === undefined ? [] : [line(drawing, 'controlAmplification', 'var(--invalid)')]),
      hoverColumns(data, scale, budgetHeightPx, {
        amplification: 'with the budget',
        ...(storm.controlBug === undefined ? {} : { controlAmplification: 'without it' }),
      }),
    ]),
    tables,
    shown: data,
  };
}

function contrastChart(drawing: Drawing, bug: string): Chart {
  const { data, model, scale, tables } = drawing;
  return {
    id: `chart-${data}-contrast`,
    title: 'The same storm with and without a budget, per second',
    description: `Calls and goodput of this run beside those of the same load and stall with ${bug}.`,
    heightPx: contrastHeightPx,
    legend: [
      { label: 'calls with the budget', colour: 'var(--signal)', shape: 'solid' },
      { label: 'calls without it', colour: 'var(--invalid)', shape: 'solid' },
      { label: 'goodput with', colour: 'var(--ink)', shape: 'solid' },
      { label: 'goodput without', colour: 'var(--ink)', shape: 'dotted' },
      ...capacityLegend(drawing),
      ...backdropLegend(model),
    ],
    spec: compileLayers(contrastHeightPx, [
      ...backdrop(scale),
      {
        data: { name: data },
        transform: [middleOfBin, { calculate: 'datum.first + datum.retries', as: 'calls' }],
        mark: { type: 'line', stroke: 'var(--signal)', strokeWidth: 2, clip: true },
        encoding: { x: { field: 'middle', type: 'quantitative', ...scale }, y: { field: 'calls', type: 'quantitative' } },
      },
      line(drawing, 'controlCalls', 'var(--invalid)', { strokeWidth: 2 }),
      line(drawing, 'goodput', 'var(--ink)'),
      line(drawing, 'controlGoodput', 'var(--ink)', { strokeDash: [1.5, 2.5] }),
      ...capacityLine(drawing),
      bandNumbers(scale),
      hoverColumns(data, scale, contrastHeightPx, {
        first: 'first/s',
        retries: 'retries/s',
        controlCalls: 'calls/s without',
        goodput: 'good/s',
        controlGoodput: 'good/s without',
      }),
    ]),
    tables,
    shown: data,
  };
}
