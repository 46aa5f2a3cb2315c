/** What was typed, the environment and the configuration file → a configuration; and the flags that all settings make. */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { nemeses } from '../../nemesis/index.ts';
import { flagOf, type ResolvedConfig, resolveConfig, settingGroups, settingKeys, settings } from '../config/index.ts';
import { readSchedule, scheduleSettings } from '../run/schedule-file.ts';
import type { Arguments, Flag, Session } from './command.ts';
import { loadConfigFile } from './load-config-file.ts';

/** A flag for each setting, and the one for the file that may hold them. */
export const settingFlags: readonly Flag[] = [
  ...settingGroups.flatMap((group) =>
    settingKeys.filter((key) => settings[key].group === group).map((key) => ({ ...settings[key], name: flagOf(key) })),
  ),
  {
    name: 'config',
    group: 'General',
    kind: 'value',
    placeholder: 'path',
    description: 'Configuration file',
    defaultText: 'harness.config.ts, where there is one',
  },
];

export async function configOf(args: Arguments, session: Session): Promise<ResolvedConfig> {
  return resolveConfig({
    flags: args,
    environment: session.environment,
    ...(await configFileOf(args['config'], session)),
    catalogue: await session.loadCatalogue(),
    drawSeed: () => randomInt(2 ** 32),
    readText: (file) => readFileSync(path.resolve(session.workingDirectory, file), 'utf8'),
    readSchedule: (file) => scheduleSettings(readSchedule(file, nemeses)),
  });
}

async function configFileOf(
  flag: unknown,
  session: Session,
): Promise<{ readonly file?: { readonly path: string; readonly config: Readonly<Record<string, unknown>> } }> {
  const asked = typeof flag === 'string' ? flag : session.environment['SEAMPROOF_CONFIG'];
  const file = await loadConfigFile(session.workingDirectory, asked === '' ? undefined : asked);
  return file === undefined ? {} : { file };
}
