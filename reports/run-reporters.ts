/**
 * Runs the chosen reporters one after another (two may share standard output). A reporter that throws has cost the reader one report: the
 * others still run, the run lives on, and its verdict was made before any of this.
 */
import { type ReporterName, reporters } from './registry.ts';
import type { ReportInput, ReportOutput } from './types.ts';

export interface ReporterFailure {
  readonly reporter: string;
  readonly message: string;
}

/** Returns what went wrong, after printing it on standard error. Never throws. */
export async function runReporters(names: readonly string[], input: ReportInput, out: ReportOutput): Promise<readonly ReporterFailure[]> {
  const failures: ReporterFailure[] = [];
  for (const name of names) {
    try {
      if (!isReporterName(name)) throw new Error(`no such reporter; there are ${Object.keys(reporters).join(', ')}`);
      const reporter = await reporters[name].load();
      await reporter.report(input, out);
    } catch (thrown) {
      const failure = { reporter: name, message: thrown instanceof Error ? thrown.message : String(thrown) };
      failures.push(failure);
      complain(failure, out);
    }
  }
  return failures;
}

export function isReporterName(name: string): name is ReporterName {
  return Object.hasOwn(reporters, name);
}

function complain({ reporter, message }: ReporterFailure, out: ReportOutput): void {
  try {
    out.stderr(`The ${reporter} reporter failed: ${message}. The verdict and the other reports are not affected.\n`);
  } catch {
    // Standard error is gone too: the failure is still in what runReporters returns.
  }
}
