import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, suggest } from './suggest.ts';

describe('suggestions', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['time', 'tmie', 1],
    ['seed', 'seeds', 1],
  ])('count %j → %j as %d edits', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  it('measure the same distance both ways, and none only between equals', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });

  it('name the nearest candidate', () => {
    expect(suggest('tmie', ['time', 'name', 'rate'])).toBe('time');
    expect(suggest('pause-leder', ['pause', 'pause-leader', 'none'])).toBe('pause-leader');
  });

  it('stay silent when nothing is near', () => {
    expect(suggest('frobnicate', ['time', 'name', 'rate'])).toBeUndefined();
    expect(suggest('x', [])).toBeUndefined();
  });
});
