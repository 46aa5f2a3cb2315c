/**
 * One string per value: two plain JSON values have the same canonical string exactly when they are equal.
 * Checkers compare values by it, because `{a, b}` read back as `{b, a}` is the same value, and because a plain object used as a
 * dictionary would trip over keys such as `__proto__`.
 */

/** Order of members does not matter, types do: `1` and `"1"` differ, `0` and `-0` do not. */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return value === 0 ? '0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return `${value}`;
    case 'undefined':
      return 'null';
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? canonicalArray(value) : canonicalObject(value);
    case 'symbol':
    case 'function':
      throw new TypeError(`A value in a history must be plain JSON, got a ${typeof value}.`);
  }
}

function canonicalArray(values: readonly unknown[]): string {
  return `[${values.map(canonical).join(',')}]`;
}

function canonicalObject(value: object): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}

export function sameValue(a: unknown, b: unknown): boolean {
  return a === b || canonical(a) === canonical(b);
}

/** A table of whole numbers may have so many places for each number in it. */
const SPARSE = 8;
const LEAST_PLACES = 64;

/** Numbers distinct values from 0 in the order they are first seen, by equality of values and not of references. */
export class Interner {
  /** Small whole numbers are what most histories are made of: number → 1 + its own number, 0 for none. */
  #small = new Int32Array(0);
  readonly #primitives = new Map<unknown, number>();
  readonly #objects = new Map<string, number>();
  readonly #values: unknown[] = [];

  get size(): number {
    return this.#values.length;
  }

  intern(value: unknown): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && this.#hasPlace(value)) return this.#internSmall(value);
    const key = value === undefined ? null : value;
    const structured = typeof key === 'object' && key !== null;
    const known = structured ? this.#objects.get(canonical(key)) : this.#primitives.get(key);
    if (known !== undefined) return known;
    const id = this.#values.length;
    if (structured) this.#objects.set(canonical(key), id);
    else this.#primitives.set(key, id);
    this.#values.push(key);
    return id;
  }

  #internSmall(value: number): number {
    const known = this.#small[value] as number;
    if (known !== 0) return known - 1;
    this.#values.push(value);
    this.#small[value] = this.#values.length;
    return this.#values.length - 1;
  }

  /** Makes the table longer for this number, unless it would become sparse. */
  #hasPlace(value: number): boolean {
    const places = this.#small.length;
    if (value < places) return true;
    if (value >= SPARSE * (this.#values.length + LEAST_PLACES)) return false;
    const small = new Int32Array(Math.max(value + 1, 2 * places, LEAST_PLACES));
    small.set(this.#small);
    // What was too large for the table until now.
    for (const [key, id] of this.#primitives) if (typeof key === 'number' && key in small) small[key] = id + 1;
    this.#small = small;
    return true;
  }

  /** The value that was given this number. */
  at(id: number): unknown {
    return this.#values[id];
  }
}
