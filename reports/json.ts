/** `json`: one object on standard output, for programs. `schemaVersion` changes when a field changes meaning. */
import type { Reporter, ReportInput } from './types.ts';

export const jsonReporter: Reporter = {
  name: 'json',
  async report(input, out) {
    out.stdout(`${JSON.stringify(jsonReport(input))}\n`);
  },
};

export function jsonReport({ verdict, run }: ReportInput) {
  return {
    schemaVersion: 1,
    verdict: verdict.verdict,
    summary: verdict.summary,
    exitCode: run.exitCode,
    checkers: Object.fromEntries(
      Object.entries(verdict.checkers).map(([name, { verdict: answer, question, summary, examined, evidence }]) => [
        name,
        { verdict: answer, question, summary, examined, evidence },
      ]),
    ),
    name: run.name,
    workload: run.workload,
    nemeses: run.nemeses,
    ...(run.bug === undefined ? {} : { bug: run.bug }),
    seed: run.seed,
    startedAt: run.startedAtIso,
    durationMs: run.durationMs,
    runDirectory: run.runDirectory,
    replayCommand: run.replayCommand,
    versions: run.versions,
    stats: run.stats,
    remarks: run.remarks,
  } as const;
}
