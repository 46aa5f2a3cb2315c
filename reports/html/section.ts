/** A part of the page. To add one: a file with a `Section`, and a line in `sections/index.ts`. A section with nothing to show is left out. */
import type { Chart } from './charts/chart.ts';
import type { Markup } from './markup.ts';
import type { ReportModel } from './model.ts';

export interface SectionContent {
  readonly body: Markup;
  readonly charts?: readonly Chart[];
}

export interface Section {
  /** Anchor in the page. */
  readonly id: string;
  readonly title: string;
  /** One sentence under the title. */
  readonly lead?: string;
  build(model: ReportModel): SectionContent | undefined;
}
