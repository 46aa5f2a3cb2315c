/** `harness check`: decides a recorded history again, from its file alone. Not only our own: see docs/checking-histories.md. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkPage, loadReportClient } from '../../../reports/index.ts';
import { exitCodeForVerdict, UsageError } from '../../config/index.ts';
import { findHistory, refuseWithoutModel } from '../check/input.ts';
import { jsonAnswer } from '../check/json.ts';
import { judge, malformed } from '../check/judge.ts';
import { checkFlags, readCheckOptions } from '../check/options.ts';
import { type Answer, describeAnswer, examinedWords, facts } from '../check/words.ts';
import type { Command } from '../command.ts';

export const checkCommand: Command = {
  name: 'check',
  positionals: '<history>',
  summary: 'Decide whether a recorded history is linearizable',
  flags: checkFlags,
  examples: [
    { line: 'harness check runs/latest', explanation: 'judge a run again, by the model of its workload' },
    {
      line: 'harness check history.edn --model cas-register --initial 0 --nil-reads any',
      explanation: 'a history that Jepsen or Knossos recorded',
    },
    { line: 'harness check history.jsonl --html violation.html', explanation: 'with a picture of what is impossible, and why' },
  ],
  run: async (args, { io, workingDirectory }) => {
    const options = readCheckOptions(args);
    const given = String(args['history']);
    const input = await findHistory(path.resolve(workingDirectory, given));
    if (!options.modelChosen) refuseWithoutModel(input);
    const question = { ...options.question, ...(options.modelChosen || input.run?.model === undefined ? {} : { model: input.run.model }) };
    const { format } = options;
    const request = { file: input.file, onlyKnown: input.run !== undefined, question, ...(format === undefined ? {} : { format }) };
    const done = await judge(request, io, options.quiet);
    const answer: Answer = { file: given, question, done };
    if (done.result.reason?.kind === 'invalid-history') throw malformed(given, done.problemLine, plainly(done.result.reason.message));
    for (const warning of done.warnings) io.stderr(`note: ${warning}\n`);
    if (options.htmlFile !== undefined) await writePage(path.resolve(workingDirectory, options.htmlFile), answer);
    io.stdout(options.json ? jsonAnswer(answer) : describeAnswer(answer, io.colour, options.quiet));
    if (options.htmlFile !== undefined && !options.quiet) io.stderr(`picture: ${options.htmlFile}\n`);
    return exitCodeForVerdict(done.result.verdict, { allowUnknown: false });
  },
};

/** The line says where; the index would say it twice. */
function plainly(message: string): string {
  return message.replace(/^Not a history: at index \d+, /, '').replace(/\.$/, '');
}

async function writePage(file: string, { file: history, question, done }: Answer): Promise<void> {
  const { verdict, summary } = done.result;
  const [format = '', model = '', , timings = ''] = facts(question, done);
  const page = checkPage(
    {
      verdict,
      summary,
      file: path.basename(history),
      facts: { Model: model, Operations: examinedWords(done.result), Format: format, Time: timings },
      warnings: done.warnings,
      ...(done.story === undefined ? {} : { story: done.story }),
    },
    (await loadReportClient()).style,
  );
  try {
    await writeFile(file, page);
  } catch (cause) {
    throw new UsageError(
      {
        code: 'invalid-value',
        happened: `--html ${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
        expected: 'a file in a directory that exists',
      },
      { cause },
    );
  }
}
