/**
 * `github`: for GitHub Actions. An annotation for each property that was violated or not decided, and the Markdown report as the summary of the
 * step. Annotations go to standard error, which Actions reads as well, so that standard output stays with whoever owns it.
 */
import { appendFile } from 'node:fs/promises';
import { checkersByUrgency } from './evidence.ts';
import { markdownReport } from './markdown.ts';
import type { Reporter, ReportInput } from './types.ts';

/** Where Actions wants the summary; absent anywhere else. */
const summaryVariable = 'GITHUB_STEP_SUMMARY';

export const githubReporter: Reporter = createGithubReporter(process.env);

export function createGithubReporter(environment: Readonly<Record<string, string | undefined>>): Reporter {
  return {
    name: 'github',
    async report(input, out) {
      for (const line of annotations(input)) out.stderr(`${line}\n`);
      const file = environment[summaryVariable] ?? '';
      if (file !== '') await appendFile(file, `${markdownReport(input)}\n`);
    },
  };
}

/** An unknown property is a warning, since the run may be told to let it pass; what was violated never passes. */
function annotations({ verdict, run }: ReportInput): readonly string[] {
  return checkersByUrgency(verdict).flatMap(([name, result]) => {
    if (result.verdict === 'valid') return [];
    const command = result.verdict === 'invalid' ? 'error' : 'warning';
    return [`::${command} title=${property(`${name}: ${result.verdict}`)}::${data(`${result.summary}\n${run.replayCommand}`)}`];
  });
}

/** As the toolkit of Actions escapes them: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
