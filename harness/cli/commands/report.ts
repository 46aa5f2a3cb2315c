/** `harness report`: writes the reports of a finished run again. The verdict is read, never made anew. */
import path from 'node:path';
import { runReporters } from '../../../reports/index.ts';
import { defaults, exitCodes, resolveReporters } from '../../config/index.ts';
import { readRun } from '../../run/saved-run.ts';
import type { Command } from '../command.ts';

export const reportCommand: Command = {
  name: 'report',
  positionals: '<run>',
  summary: 'Write the reports of a finished run again',
  flags: [
    {
      name: 'reporter',
      group: 'Results',
      kind: 'list',
      placeholder: 'names',
      description: 'Reporters, separated by commas',
      defaultText: defaults.reporters.join(','),
    },
    { name: 'verbose', group: 'General', kind: 'switch', description: 'Stack traces' },
  ],
  examples: [{ line: 'harness report runs/latest --reporter html', explanation: 'the HTML report of the newest run' }],
  run: async (args, { io, loadCatalogue, workingDirectory }) => {
    const reporters = resolveReporters(args, (await loadCatalogue()).reporters);
    const { report } = await readRun(path.resolve(workingDirectory, String(args['run'])));
    const { runDirectory } = report.run;
    const failures = await runReporters(reporters, report, {
      runDirectory,
      colour: io.colour,
      stdout: io.stdout,
      stderr: io.stderr,
    });
    // The run has had its say; here the question is only whether it could be shown.
    return failures.length === 0 ? exitCodes.valid.code : exitCodes.internal.code;
  },
};
