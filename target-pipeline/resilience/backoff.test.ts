import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullJitter } from './backoff.ts';

const options = { baseMs: 50, capMs: 1_000 };

describe('full jitter', () => {
  it('doubles its bound with every retry up to the cap', () => {
    const longest = fullJitter(options, { uniform: () => 1, id: () => '' });
    expect([1, 2, 3, 4, 5, 6, 60].map(longest)).toEqual([50, 100, 200, 400, 800, 1_000, 1_000]);
  });

  it('is uniform from nothing to the bound, so that clients that failed together do not come back together', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 1, max: 20 }), (uniform, retry) => {
        const wait = fullJitter(options, { uniform: () => uniform, id: () => '' })(retry);
        expect(wait).toBeCloseTo(uniform * Math.min(1_000, 50 * 2 ** (retry - 1)));
      }),
    );
  });
});
