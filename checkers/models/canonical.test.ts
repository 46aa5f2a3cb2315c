import { describe, expect, it } from 'vitest';
import { Interner } from './canonical.ts';

describe('numbers of values', () => {
  it('are given in the order the values are first seen, and stay', () => {
    const values = new Interner();
    // 5,000 is too large for the table of whole numbers until enough others are there.
    const seen = [5_000, 0, 'a', 1.5, -1, { b: 1, a: 2 }, null, ...Array.from({ length: 3_000 }, (_, at) => at + 1)];
    expect(seen.map((value) => values.intern(value))).toEqual([...seen.keys()]);
    expect(seen.map((value) => values.intern(value))).toEqual([...seen.keys()]);
    expect(values.intern(5_000)).toBe(0);
    expect(values.at(0)).toBe(5_000);
    expect(values.size).toBe(seen.length);
  });

  it('are equal for equal values and different for values that only look alike', () => {
    const values = new Interner();
    expect(values.intern({ a: [1], b: '1' })).toBe(values.intern({ b: '1', a: [1] }));
    expect(values.intern(0)).toBe(values.intern(-0));
    expect(values.intern(undefined)).toBe(values.intern(null));
    expect(new Set([1, '1', true, '__proto__', [1], { 1: 1 }, 1e15].map((value) => values.intern(value))).size).toBe(7);
  });
});
