import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countersOf, type Entry, isSame, join } from './convergent-stock.ts';

const stamps = fc.integer({ min: 0, max: 5 }).map((n) => `00000000000${n}.0000.n`);
const entries: fc.Arbitrary<Entry> = fc.record(
  {
    quantity: fc.integer({ min: 0, max: 3 }),
    state: fc.constantFrom('refused', 'reserved', 'committed', 'released'),
    hlc: stamps,
    answered: fc.record({ outcome: fc.constantFrom('reserved', 'insufficient'), hlc: stamps }),
  },
  { requiredKeys: ['quantity', 'state', 'hlc'] },
);

describe('joining what two instances know of an order', () => {
  it('does not depend on who tells whom, in which order, or how often', () => {
    fc.assert(
      fc.property(entries, entries, entries, (a, b, c) => {
        expect(isSame(join(a, b), join(b, a))).toBe(true);
        expect(isSame(join(join(a, b), c), join(a, join(b, c)))).toBe(true);
        expect(isSame(join(a, a), a)).toBe(true);
      }),
    );
  });

  it('lets a release outlive the reserve that it forbade, whichever came first', () => {
    const reserved: Entry = { quantity: 2, state: 'reserved', hlc: '000000000009.0000.n' };
    const released: Entry = { quantity: 0, state: 'released', hlc: '000000000001.0000.n' };
    expect(join(reserved, released)).toMatchObject({ state: 'released' });
    expect(join(released, { ...reserved, state: 'committed' })).toMatchObject({ state: 'released' });
  });

  it('counts what was promised beyond what there is as less than nothing available', () => {
    const held = new Map<string, Entry>([
      ['a', { quantity: 3, state: 'committed', hlc: '' }],
      ['b', { quantity: 2, state: 'reserved', hlc: '' }],
      ['c', { quantity: 9, state: 'released', hlc: '' }],
      ['d', { quantity: 9, state: 'refused', hlc: '' }],
    ]);
    expect(countersOf(4, held)).toEqual({ initial: 4, available: -1, reserved: 2, sold: 3 });
  });
});
