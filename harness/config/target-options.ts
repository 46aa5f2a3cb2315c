/** `--target-option paymentConcurrency=2` → what the target is to be started with, beside the settings that every target has. */
import type { NemesisEntry, NemesisOptionValue, TargetEntry } from './catalogue.ts';
import type { NemesisChoice } from './resolved.ts';
import { suggest } from './suggest.ts';
import { UsageError } from './usage-error.ts';

export interface TargetOptionSources {
  /** `name=value`, as given. */
  readonly given: readonly string[];
  readonly target: TargetEntry | undefined;
  /** A nemesis may need the target otherwise than it usually is; what was given wins. */
  readonly nemeses: readonly NemesisChoice[];
  readonly known: readonly NemesisEntry[];
  /** Names the source in messages, for example `--target-option`. */
  readonly origin: string;
}

/** Only what differs from the target's defaults. */
export function resolveTargetOptions({
  given,
  target,
  nemeses,
  known,
  origin,
}: TargetOptionSources): Readonly<Record<string, NemesisOptionValue>> {
  const options = target?.options ?? {};
  const resolved = new Map<string, NemesisOptionValue>();
  for (const { name } of nemeses) {
    const needed = known.find((nemesis) => nemesis.name === name)?.needs?.targetOptions ?? {};
    // A target that has no such option is as it is.
    for (const [option, value] of Object.entries(needed)) if (Object.hasOwn(options, option)) resolved.set(option, value);
  }
  for (const assignment of given) {
    const [, option = '', text = ''] = /^([^=]+)=(.+)$/.exec(assignment) ?? [];
    if (option === '') {
      throw new UsageError({ code: 'invalid-value', happened: `${origin} is "${assignment}"`, expected: 'name=value' });
    }
    const definition = Object.hasOwn(options, option) ? options[option] : undefined;
    if (definition === undefined) throw unknownOption(option, Object.keys(options), target?.name ?? '', origin);
    const value = parseLike(definition.default, text);
    if (value === undefined) {
      const expected = typeof definition.default === 'boolean' ? 'true or false' : 'a whole number from 1';
      throw new UsageError({ code: 'invalid-value', happened: `${origin}: ${option} is "${text}"`, expected });
    }
    resolved.set(option, value);
  }
  return Object.fromEntries([...resolved].filter(([option, value]) => options[option]?.default !== value));
}

/** Read as what the option's default is. */
function parseLike(example: NemesisOptionValue, text: string): NemesisOptionValue | undefined {
  if (typeof example === 'string') return text;
  if (typeof example === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  const number = Number(text);
  return /^\d+$/.test(text) && number > 0 && Number.isSafeInteger(number) ? number : undefined;
}

function unknownOption(option: string, names: readonly string[], target: string, origin: string): UsageError {
  const meant = suggest(option, names);
  return new UsageError({
    code: 'unknown-target-option',
    happened: `${origin}: the target ${target} has no option "${option}"`,
    expected: names.length === 0 ? 'no options' : `one of ${names.join(', ')}`,
    ...(meant === undefined ? {} : { advice: `${meant}=…` }),
  });
}
