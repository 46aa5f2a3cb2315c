import { UsageError } from '../config/index.ts';

/** A flag that is no setting of a run, as a whole number; `undefined` when it was not given. Throws a `UsageError` on anything else. */
export function wholeNumber(flag: string, given: unknown, least: number, most: number): number | undefined {
  if (given === undefined) return undefined;
  const value = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError({
    code: 'invalid-value',
    happened: `--${flag} is ${Array.isArray(given) ? given.join(', ') : JSON.stringify(given)}`,
    expected: `a whole number from ${least} to ${most}`,
  });
}
