/**
 * `--nemesis pause-leader:hold=8s,none` → names with all their options.
 * An option named in milliseconds (`holdMs`) may be given as a duration without the unit in its name (`hold=8s`).
 */
import type { NemesisEntry, NemesisOptionValue } from './catalogue.ts';
import { durationSyntax, parseDurationMs } from './duration.ts';
import type { NemesisChoice } from './resolved.ts';
import type { SettingValues } from './settings.ts';
import { suggest } from './suggest.ts';
import { UsageError } from './usage-error.ts';

type NemesisInput = NonNullable<SettingValues['nemesis']>;
type GivenOptions = Readonly<Record<string, NemesisOptionValue>>;

/** Whom all faults are to hit, and who said so. */
export interface TargetsAsked {
  readonly whom: string;
  readonly origin: string;
}

/** The option by which a nemesis is told whom to hit. */
const targetsOption = 'targets';

/** `origin` names the source in messages, for example `--nemesis`. What a nemesis' own options say of its targets goes before `targets`. */
export function resolveNemeses(
  input: NemesisInput,
  known: readonly NemesisEntry[],
  origin: string,
  targets?: TargetsAsked,
): readonly NemesisChoice[] {
  const given = input.flatMap((item) =>
    typeof item === 'string' ? item.split(',').map((part) => parseItem(part.trim(), origin)) : [item],
  );
  const choices = given.map(({ name, options }) => resolveOne(name, withTargets(name, options ?? {}, known, targets), known, origin));
  const repeated = choices.find(({ name }, position) => choices.findIndex((other) => other.name === name) !== position);
  if (repeated !== undefined) {
    throw new UsageError({
      code: 'given-twice',
      happened: `${origin} names ${repeated.name} more than once`,
      expected: 'each nemesis once; its faults are repeated for as long as the load runs',
    });
  }
  return choices;
}

function withTargets(name: string, given: GivenOptions, known: readonly NemesisEntry[], targets: TargetsAsked | undefined): GivenOptions {
  const entry = known.find((candidate) => candidate.name === name);
  if (targets === undefined || entry === undefined) return given;
  if (!Object.hasOwn(entry.options, targetsOption)) {
    const able = known.filter(({ options }) => Object.hasOwn(options, targetsOption)).map((candidate) => candidate.name);
    throw new UsageError({
      code: 'conflicting-settings',
      happened: `${targets.origin} is ${targets.whom}, and whom ${name} hits is not for choosing`,
      expected: able.length === 0 ? 'no targets' : `a nemesis that can be told whom to hit: ${able.join(', ')}`,
      ...(Object.hasOwn(entry.options, 'to') ? { advice: `${name}:from=…:to=…` } : {}),
    });
  }
  return { [targetsOption]: targets.whom, ...given };
}

function parseItem(item: string, origin: string): { readonly name: string; readonly options: GivenOptions } {
  const [name = '', ...assignments] = item.split(':');
  if (name === '') {
    throw new UsageError({ code: 'invalid-value', happened: `${origin} has an empty name`, expected: 'names separated by single commas' });
  }
  const options = new Map<string, string | boolean>();
  for (const assignment of assignments) {
    const equals = assignment.indexOf('=');
    const option = equals === -1 ? assignment : assignment.slice(0, equals);
    if (option === '' || options.has(option)) {
      throw new UsageError({
        code: 'invalid-value',
        happened: `${origin}: cannot read the options in "${item}"`,
        expected: 'name:option=value:option=value, each option once',
      });
    }
    options.set(option, equals === -1 ? true : assignment.slice(equals + 1));
  }
  return { name, options: Object.fromEntries(options) };
}

function resolveOne(name: string, given: GivenOptions, known: readonly NemesisEntry[], origin: string): NemesisChoice {
  const entry = known.find((candidate) => candidate.name === name);
  if (entry === undefined) throw unknownNemesis(name, known, origin);
  const options = new Map(Object.entries(entry.options).map(([option, definition]) => [option, definition.default]));
  for (const [option, value] of Object.entries(given)) {
    const [key, resolved] = resolveOption(entry, option, value, origin);
    options.set(key, resolved);
  }
  return { name, options: Object.fromEntries(options) };
}

function resolveOption(
  entry: NemesisEntry,
  option: string,
  value: NemesisOptionValue,
  origin: string,
): readonly [string, NemesisOptionValue] {
  const asDuration = !Object.hasOwn(entry.options, option) && Object.hasOwn(entry.options, `${option}Ms`);
  const key = asDuration ? `${option}Ms` : option;
  const definition = Object.hasOwn(entry.options, key) ? entry.options[key] : undefined;
  if (definition === undefined) throw unknownOption(entry, option, origin);
  const parsed = asDuration ? durationOf(value) : parseLike(definition.default, value, key.endsWith('Ms'));
  if (parsed !== undefined) return [key, parsed];
  throw new UsageError({
    code: 'invalid-value',
    happened: `${origin}: ${entry.name}:${option} is ${JSON.stringify(value)}`,
    expected: asDuration ? durationSyntax : expectation(definition.default, key.endsWith('Ms')),
  });
}

function durationOf(value: NemesisOptionValue): number | undefined {
  if (typeof value === 'boolean') return undefined;
  // A whole run can't last no time at all, but staying paused for no longer than needed is a fair wish.
  return /^0(ms|s|m|h)?$/.test(String(value)) ? 0 : parseDurationMs(value);
}

/** Reads a value as what the option's default is: a number, a switch, or a text. */
function parseLike(example: NemesisOptionValue, value: NemesisOptionValue, isMilliseconds: boolean): NemesisOptionValue | undefined {
  if (typeof value === typeof example) return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
  if (typeof value !== 'string') return undefined;
  if (typeof example === 'boolean') return value === 'true' ? true : value === 'false' ? false : undefined;
  if (/^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  return isMilliseconds ? parseDurationMs(value) : undefined;
}

function expectation(example: NemesisOptionValue, isMilliseconds: boolean): string {
  if (isMilliseconds) return 'milliseconds, or a duration with its unit (8s)';
  if (typeof example === 'number') return 'a number';
  return typeof example === 'boolean' ? 'true or false' : 'a text';
}

function unknownNemesis(name: string, known: readonly NemesisEntry[], origin: string): UsageError {
  const meant = suggest(
    name,
    known.map((entry) => entry.name),
  );
  return new UsageError({
    code: 'unknown-name',
    happened: `${origin}: there is no nemesis "${name}"`,
    expected: `one of ${known.map((entry) => entry.name).join(', ')}`,
    advice: meant ?? '`harness list nemeses`',
  });
}

function unknownOption(entry: NemesisEntry, option: string, origin: string): UsageError {
  const names = Object.keys(entry.options);
  const meant = suggest(option, [...names, ...names.filter((name) => name.endsWith('Ms')).map((name) => name.slice(0, -2))]);
  return new UsageError({
    code: 'unknown-nemesis-option',
    happened: `${origin}: ${entry.name} has no option "${option}"`,
    expected: names.length === 0 ? 'no options' : `one of ${names.join(', ')}`,
    ...(meant === undefined ? {} : { advice: `${entry.name}:${meant}=…` }),
  });
}
