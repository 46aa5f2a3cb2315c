/** `harness replay`: the load and the faults of a finished run again, at the same moments. */
import path from 'node:path';
import { nemeses } from '../../../nemesis/index.ts';
import type { RunVerdict } from '../../history/index.ts';
import { readRunSetup } from '../../run/saved-run.ts';
import type { Command, Flag } from '../command.ts';
import { configOf, settingFlags } from '../config-of.ts';
import { runRepeatedly } from '../run-repeatedly.ts';

/** What shapes a run comes from the run; how often it is run and how it is shown does not. */
const flags: readonly Flag[] = settingFlags.filter(({ group }) => ['Repetition', 'Results', 'General'].includes(group));

export const replayCommand: Command = {
  name: 'replay',
  positionals: '<run>',
  summary: 'Run the load and the schedule of faults of a finished run again',
  flags,
  examples: [
    { line: 'harness replay runs/latest', explanation: 'the newest run, with its settings, seed and schedule' },
    { line: 'harness replay runs/latest --repeat 10 --keep-going', explanation: 'how often does it come to the same?' },
  ],
  ownsNodes: true,
  run: async (args, session) => {
    const { io, workingDirectory } = session;
    const asked = await configOf(args, session);
    const { directory, config: saved, plan, verdict } = await readRunSetup(path.resolve(workingDirectory, String(args['run'])), nemeses);
    const { reporters, json, quiet, verbose, allowUnknown, runsDirectory, repeat, keepGoing } = asked;
    const config = { ...saved, reporters, json, quiet, verbose, allowUnknown, runsDirectory, repeat, keepGoing };
    if (!quiet) {
      io.stderr(`replaying ${path.relative(workingDirectory, directory) || directory}, which was ${describeVerdict(verdict)}\n`);
      io.stderr('the schedule of load and faults is repeated, not the interleaving: another verdict does not contradict the first\n');
      io.stderr(`seed ${config.seed}\n`);
    }
    return runRepeatedly({ ...config, name: typeof args['name'] === 'string' ? asked.name : saved.name }, session, plan);
  },
};

function describeVerdict({ verdict, checkers }: RunVerdict): string {
  const same = Object.entries(checkers).flatMap(([name, result]) => (result.verdict === verdict ? [name] : []));
  return verdict === 'valid' || same.length === 0 ? verdict : `${verdict} (${same.join(', ')})`;
}
