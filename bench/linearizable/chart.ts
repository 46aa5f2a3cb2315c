/** How the cost of a check grows with the history, as an SVG: time, memory of the process, configurations held at one time. */
import { parse, type Spec, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

export interface Point {
  readonly workload: string;
  readonly operations: number;
  readonly processorMs: number;
  readonly peakMegabytes: number;
  readonly mostHeld: number;
}

const panels = [
  { field: 'processorMs', title: 'checking, ms on a processor', scale: 'log' },
  { field: 'peakMegabytes', title: 'peak of the process with its history, MB', scale: 'log' },
  { field: 'mostHeld', title: 'configurations held at one time (0: a monitor)', scale: 'symlog' },
] as const;

export async function growthChart(points: readonly Point[]): Promise<string> {
  const specification = {
    background: 'white',
    padding: 12,
    data: { values: points.map((point) => ({ ...point })) },
    hconcat: panels.map(({ field, title, scale }) => ({
      width: 260,
      height: 240,
      mark: { type: 'line', point: true },
      encoding: {
        x: {
          field: 'operations',
          type: 'quantitative',
          title: 'operations',
          scale: { type: 'log' },
          axis: { values: [1e3, 1e4, 1e5, 1e6], format: '~s' },
        },
        y: { field, type: 'quantitative', title, scale: { type: scale }, axis: { tickCount: 6, format: '~s' } },
        color: { field: 'workload', type: 'nominal', title: '1 key, 10 clients', legend: { orient: 'bottom' } },
      },
    })),
  } satisfies TopLevelSpec;
  const view = new View(parse(compile(specification).spec as Spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
