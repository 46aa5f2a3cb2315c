/** `harness test`: deploy, load, break, judge. Everything it can be told is in the table of settings. */
import { randomInt } from 'node:crypto';
import { exitCodes, flagOf, resolveConfig, settingGroups, settingKeys, settings } from '../../config/index.ts';
import type { RunResult } from '../../run/index.ts';
import type { Command, Flag, Session } from '../command.ts';
import { Interrupted } from '../interruption.ts';
import { loadConfigFile } from '../load-config-file.ts';

const settingFlags: readonly Flag[] = settingGroups.flatMap((group) =>
  settingKeys.filter((key) => settings[key].group === group).map((key) => ({ ...settings[key], name: flagOf(key) })),
);

export const testCommand: Command = {
  name: 'test',
  positionals: '',
  summary: 'Deploy a pipeline, drive load, inject failures, and decide whether it kept its promises',
  flags: [
    ...settingFlags,
    {
      name: 'config',
      group: 'General',
      kind: 'value',
      placeholder: 'path',
      description: 'Configuration file',
      defaultText: 'harness.config.ts, where there is one',
    },
  ],
  examples: [
    { line: 'harness test --nemesis pause-leader --time 300', explanation: 'pause whoever leads, again and again, for five minutes' },
    {
      line: 'harness test --nemesis pause-leader:hold=8s --seed 42',
      explanation: 'a fault with an option, on a schedule that can be repeated',
    },
    { line: 'harness test --workload registers --rate 500 --json', explanation: 'load a quorum register, and print one JSON object' },
    {
      line: 'SEAMPROOF_TIME=5m harness test',
      explanation: 'every flag is an environment variable and a key of harness.config.ts too; the flag wins',
    },
  ],
  ownsNodes: true,
  run: async (args, session) => {
    const config = resolveConfig({
      flags: args,
      environment: session.environment,
      ...(await configFileOf(args['config'], session)),
      catalogue: await session.loadCatalogue(),
      drawSeed: () => randomInt(2 ** 32),
    });
    if (!config.quiet) session.io.stderr(`seed ${config.seed}\n`);
    const { runTest } = await import('../../run/index.ts');
    return exitCodeOf(await runTest(config, session.io), session);
  },
};

async function configFileOf(
  flag: unknown,
  session: Session,
): Promise<{ readonly file?: { readonly path: string; readonly config: Readonly<Record<string, unknown>> } }> {
  const asked = typeof flag === 'string' ? flag : session.environment['SEAMPROOF_CONFIG'];
  const file = await loadConfigFile(session.workingDirectory, asked === '' ? undefined : asked);
  return file === undefined ? {} : { file };
}

/** An interrupted run has no verdict to speak of, unless it left something behind or brought the harness down: that outweighs the interruption. */
function exitCodeOf(result: RunResult, { io }: Session): number {
  const reason: unknown = io.signal.reason;
  const outweighs = result.exitCode === exitCodes.leftovers.code || result.exitCode === exitCodes.internal.code;
  return reason instanceof Interrupted && !outweighs ? reason.exitCode : result.exitCode;
}
