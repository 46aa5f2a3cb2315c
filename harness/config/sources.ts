/** Reads every place a setting may come from, and lets the nearest win: flag, then environment, then file. */
import {
  claimedEnvironmentNames,
  environmentNameOf,
  flagOf,
  type SettingKey,
  type SettingValues,
  settingKeys,
  settings,
} from './settings.ts';
import { suggest } from './suggest.ts';
import { UsageError } from './usage-error.ts';

export interface ConfigSources {
  /** By flag name without dashes. A flag given several times is an array. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file?: { readonly path: string; readonly config: Readonly<Record<string, unknown>> };
}

export interface ReadSettings {
  readonly values: SettingValues;
  /** Where each value came from, as messages name it. */
  readonly origins: ReadonlyMap<SettingKey, string>;
}

/** Reads all sources, also what a nearer one hides: a mistake in a file is one even while a flag covers it. */
export function readSettings(sources: ConfigSources): ReadSettings {
  refuseUnknownEnvironment(sources.environment);
  if (sources.file !== undefined) refuseUnknownKeys(sources.file.path, sources.file.config);
  const values: Partial<Record<SettingKey, unknown>> = {};
  const origins = new Map<SettingKey, string>();
  for (const key of settingKeys) {
    for (const { origin, input } of candidates(key, sources)) {
      const value = parse(key, input, origin);
      if (origins.has(key)) continue;
      origins.set(key, origin);
      values[key] = value;
    }
  }
  return { values: values as SettingValues, origins };
}

function candidates(
  key: SettingKey,
  { flags, environment, file }: ConfigSources,
): readonly { readonly origin: string; readonly input: unknown }[] {
  const variable = environmentNameOf(key);
  // CI systems set variables to nothing when they mean "not set".
  const fromEnvironment = environment[variable] === '' ? undefined : environment[variable];
  return [
    { origin: `--${flagOf(key)}`, input: flags[flagOf(key)] },
    { origin: variable, input: fromEnvironment },
    { origin: `${file?.path ?? ''}: ${key}`, input: file?.config[key] },
  ].filter(({ input }) => input !== undefined);
}

function parse(key: SettingKey, input: unknown, origin: string): unknown {
  const { schema, expected, kind } = settings[key];
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  if (Array.isArray(input) && kind !== 'list' && origin.startsWith('--')) {
    throw new UsageError({
      code: 'given-twice',
      happened: `${origin} was given ${input.length} times (${input.join(', ')})`,
      expected: 'one value',
      advice: `keep one of them`,
    });
  }
  throw new UsageError({ code: 'invalid-value', happened: `${origin} is ${show(input)}`, expected });
}

function show(input: unknown): string {
  if (typeof input === 'number') return String(input);
  return JSON.stringify(input) ?? String(input);
}

function refuseUnknownEnvironment(environment: ConfigSources['environment']): void {
  const known = settingKeys.map(environmentNameOf);
  const unknown = claimedEnvironmentNames(environment).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = suggest(unknown, known);
  throw new UsageError({
    code: 'unknown-environment-variable',
    happened: `the environment has ${unknown}, which is no setting`,
    expected: 'SEAMPROOF_ and the name of a flag, for example SEAMPROOF_TIME',
    advice: meant ?? `unset ${unknown}`,
  });
}

function refuseUnknownKeys(path: string, config: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(config).find((key) => !Object.hasOwn(settings, key));
  if (unknown === undefined) return;
  const meant = suggest(unknown, settingKeys);
  throw new UsageError({
    code: 'unknown-setting',
    happened: `${path} has "${unknown}", which is no setting`,
    expected: `one of ${settingKeys.join(', ')}`,
    ...(meant === undefined ? {} : { advice: meant }),
  });
}
