/** Several runs beside each other: `compareRun` for each, then `comparisonText` for a terminal and `comparisonHtml` for a browser. */
import { loadReportClient } from '../html/client.ts';
import type { ComparisonPage } from './page.ts';

export { type ComparedRun, compareRun, type Figure } from './figures.ts';
export type { ComparisonPage } from './page.ts';
export { comparisonText } from './table.ts';

/** Loads what draws charts only now: that takes a second. */
export async function comparisonHtml(page: ComparisonPage): Promise<string> {
  const { comparisonPage } = await import('./page.ts');
  return comparisonPage(page, await loadReportClient());
}
