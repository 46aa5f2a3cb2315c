/** `harness recover`: ends what a killed run left running. Touches only what a run's journal names, and only while it still is the same process. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { defaults, environmentNameOf, exitCodes, UsageError } from '../../config/index.ts';
import type { RecoveredProcess, Recovery } from '../../drivers/index.ts';
import type { Command } from '../command.ts';

export const recoverCommand: Command = {
  name: 'recover',
  positionals: '[runs-directory]',
  summary: 'End what a killed run left running',
  flags: [],
  examples: [{ line: 'harness recover', explanation: 'look through ./runs; runs that are still going are left alone' }],
  run: async (args, { io, environment, workingDirectory }) => {
    const named = args['runs-directory'] ?? environment[environmentNameOf('runsDirectory')];
    const directory = path.resolve(workingDirectory, typeof named === 'string' && named !== '' ? named : defaults.runsDirectory);
    if (!existsSync(directory) && args['runs-directory'] !== undefined) {
      throw new UsageError({ code: 'run-not-found', happened: `there is no ${directory}`, expected: 'a directory that holds runs' });
    }
    const { drivers, recoverAll } = await import('../../drivers/index.ts');
    const recoveries = existsSync(directory) ? await recoverAll(directory, { kinds: drivers }) : [];
    io.stdout(describeRecoveries(recoveries, workingDirectory));
    return recoveries.some(({ left, elsewhere }) => left.length + elsewhere.left.length > 0)
      ? exitCodes.leftovers.code
      : exitCodes.valid.code;
  },
};

export function describeRecoveries(recoveries: readonly Recovery[], workingDirectory: string): string {
  const lines = recoveries.flatMap(({ runDirectory, outcome, ended, left, notOurs, elsewhere }) => {
    const run = path.relative(workingDirectory, runDirectory);
    return [
      ...(outcome === 'harness-alive' ? [`${run}: still going, left alone`] : []),
      ...(ended.length > 0 ? [`${run}: ended ${names(ended)}`] : []),
      ...(left.length > 0 ? [`${run}: could not end ${names(left)}`] : []),
      ...(notOurs.length > 0 ? [`${run}: left ${names(notOurs)} alone, since that is no process of ours`] : []),
      ...elsewhere.removed.map((thing) => `${run}: removed ${thing}`),
      ...elsewhere.left.map((thing) => `${run}: could not remove ${thing}`),
    ];
  });
  return lines.length === 0 ? 'nothing to recover\n' : `${lines.join('\n')}\n`;
}

function names(processes: readonly RecoveredProcess[]): string {
  return processes.map(({ node, pid }) => (node === undefined ? `process ${pid}` : `${node} (process ${pid})`)).join(', ');
}
