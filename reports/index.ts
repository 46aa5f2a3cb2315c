/**
 * Reports: a finished run (verdict, summary, evidence) turned into something to read. `runReporters(['list', 'html'], input, out)`.
 */
export { type ComparedRun, compareRun, comparisonHtml, comparisonText, type Figure } from './compare/index.ts';
export { loadReportClient } from './html/client.ts';
export {
  type CheckPage,
  checkPage,
  impossibleCall,
  instantText,
  notes,
  reason,
  type Story,
  type StoryCall,
  steps,
  tellStory,
} from './linearizability/index.ts';
export { type ReporterName, reporters } from './registry.ts';
export { isReporterName, type ReporterFailure, runReporters } from './run-reporters.ts';
export { painter, verdictMark, verdictTone, wantsColour } from './text/colour.ts';
export { formatCount, formatDuration, formatShare, plural } from './text/format.ts';
export type { OutcomeCounts, Reporter, ReportInput, ReportOutput, RunSummary } from './types.ts';
