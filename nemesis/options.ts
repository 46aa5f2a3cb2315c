/** Reads the options of a planned fault with the types their defaults have. */
import type { Nemesis, PlannedFault } from './nemesis.ts';

type Widened<Default> = Default extends string ? string : Default extends number ? number : boolean;

type OptionValues<Definitions extends Nemesis['options']> = { readonly [Name in keyof Definitions]: Widened<Definitions[Name]['default']> };

/** An option that the plan doesn't name has its default. Throws on a value of another type than the default's. */
export function readOptions<const Definitions extends Nemesis['options']>(
  fault: Pick<PlannedFault, 'nemesis' | 'options'>,
  definitions: Definitions,
): OptionValues<Definitions> {
  const values = Object.entries(definitions).map(([name, definition]) => {
    const value = fault.options[name] ?? definition.default;
    if (typeof value !== typeof definition.default) {
      throw new Error(`${fault.nemesis}: ${name} is ${JSON.stringify(value)}; expected a ${typeof definition.default}`);
    }
    return [name, value] as const;
  });
  return Object.fromEntries(values) as OptionValues<Definitions>;
}

/** An option in milliseconds, or its default: for estimates, where nothing is refused yet. */
export function millisecondsOf(options: PlannedFault['options'], name: string, definition: { readonly default: number }): number {
  const value = options[name];
  return typeof value === 'number' ? value : definition.default;
}
