/**
 * Reports: a finished run (verdict, summary, evidence) turned into something to read. `runReporters(['list', 'html'], input, out)`.
 */
export { type ReporterName, reporters } from './registry.ts';
export { isReporterName, type ReporterFailure, runReporters } from './run-reporters.ts';
export { wantsColour } from './text/colour.ts';
export type { OutcomeCounts, Reporter, ReportInput, ReportOutput, RunSummary } from './types.ts';
