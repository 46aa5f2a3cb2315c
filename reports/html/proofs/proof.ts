/** A proof: one failure that the run brought about, with the evidence of how it ended. Left out where the evidence isn't there. */
import type { Chart } from '../charts/chart.ts';
import type { Markup } from '../markup.ts';
import type { ReportModel } from '../model.ts';

export interface Proof {
  readonly title: string;
  render(model: ReportModel, charts: readonly Chart[]): Markup | undefined;
  /** The charts that `render` is given, and puts figures of into what it renders. */
  charts?(model: ReportModel): readonly Chart[];
}
