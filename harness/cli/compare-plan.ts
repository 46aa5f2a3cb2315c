/** What is compared: finished runs as they are, and configurations that are run, each with every value of the setting that is varied. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { flagOf, type SettingKey, settingKeys, suggest, UsageError } from '../config/index.ts';
import type { Arguments } from './command.ts';

export type Compared =
  | { readonly kind: 'finished'; readonly label: string; readonly directory: string }
  /** Arguments as `harness test` takes them. */
  | { readonly kind: 'run'; readonly label: string; readonly args: Arguments };

export interface Variation {
  readonly key: SettingKey;
  readonly values: readonly string[];
}

/** `lease=1s,4s`. A setting goes by its flag, its key in `harness.config.ts`, or either with dots. */
export function parseVariation(given: unknown): Variation | undefined {
  if (given === undefined) return undefined;
  const [, name = '', list = ''] = (typeof given === 'string' ? /^([^=]+)=(.*)$/s.exec(given) : undefined) ?? [];
  const values = list.split(',').map((value) => value.trim());
  if (name === '' || values.length < 2 || values.includes('') || new Set(values).size < values.length) {
    throw new UsageError({
      code: 'invalid-value',
      happened: `--vary is ${JSON.stringify(given)}`,
      expected: 'one setting and two or more different values, such as --vary lease=1s,4s',
    });
  }
  const plain = (word: string): string => word.replaceAll(/[-_.]/g, '').toLowerCase();
  const key = settingKeys.find((candidate) => plain(candidate) === plain(name));
  if (key !== undefined) return { key, values };
  throw new UsageError({
    code: 'unknown-setting',
    happened: `--vary names "${name}", which is no setting`,
    expected: `one of ${settingKeys.map(flagOf).join(', ')}`,
    advice: suggest(name, settingKeys.map(flagOf)) ?? 'harness test --help',
  });
}

export function planComparison(args: Arguments, workingDirectory: string): readonly Compared[] {
  const variation = parseVariation(args['vary']);
  const given = (Array.isArray(args['runs']) ? args['runs'] : []).map(String);
  const isDirectory = (name: string): boolean => {
    const file = path.resolve(workingDirectory, name);
    return !existsSync(file) || statSync(file).isDirectory();
  };
  const finished = given.filter(isDirectory).map((name): Compared => {
    return { kind: 'finished', label: name, directory: path.resolve(workingDirectory, name) };
  });
  const files = given.filter((name) => !isDirectory(name));
  const bases = files.length === 0 && variation !== undefined ? [undefined] : files;
  const runs = bases.flatMap((file) => {
    const base = file === undefined ? args : { ...args, config: file };
    const labels = file === undefined ? [] : [file];
    if (variation === undefined) return [{ kind: 'run' as const, label: labels.join(' '), args: base }];
    return variation.values.map((value) => ({
      kind: 'run' as const,
      label: [...labels, `${flagOf(variation.key)}=${value}`].join(' '),
      args: { ...base, [flagOf(variation.key)]: value },
    }));
  });
  const all = [...finished, ...runs];
  if (all.length >= 2) return all;
  throw new UsageError({
    code: 'invalid-arguments',
    happened: all.length === 0 ? 'there is nothing to compare' : 'there is only one run to compare',
    expected: 'two or more finished runs or configuration files, or --vary with a setting and its values',
    advice: 'harness compare --vary lease=1s,4s --nemesis kill --time 30',
  });
}
