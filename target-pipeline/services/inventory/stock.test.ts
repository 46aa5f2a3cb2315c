import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commit, fold, initialStock, release, reserve, type Stock } from './stock.ts';

const stamp = (n: number): string => String(n).padStart(6, '0');

type Step =
  | { readonly kind: 'reserve'; readonly orderId: string; readonly quantity: number }
  | { readonly kind: 'release' | 'commit'; readonly orderId: string };

const orderId = fc.constantFrom('o1', 'o2', 'o3', 'constructor');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('reserve' as const), orderId, quantity: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constantFrom('release' as const, 'commit' as const), orderId }),
);

function apply(stock: Stock, one: Step, at: number): { readonly stock: Stock; readonly outcome: string } {
  if (one.kind === 'commit') return { stock: commit(stock, [one.orderId], stamp(at)), outcome: 'committed' };
  const decision = one.kind === 'reserve' ? reserve(stock, one.orderId, one.quantity, stamp(at)) : release(stock, one.orderId, stamp(at));
  return {
    stock: decision.kind === 'apply' ? decision.stock : stock,
    outcome: decision.kind === 'mismatch' ? 'mismatch' : decision.outcome,
  };
}

describe('the stock of a SKU', () => {
  it('is neither made nor lost nor oversold, and its counters are what its reservations add up to, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let stock = initialStock(10);
        for (const [at, one] of steps.entries()) {
          stock = apply(stock, one, at).stock;
          const held = (state: string): number =>
            Object.values(stock.reservations).reduce((sum, each) => sum + (each.state === state ? each.quantity : 0), 0);
          expect(stock.available + stock.reserved + stock.sold).toBe(10);
          expect(stock.available).toBeGreaterThanOrEqual(0);
          expect([stock.reserved, stock.sold]).toEqual([held('reserved'), held('committed')]);
        }
      }),
    );
  });

  it('does the same thing once however often it is asked, and gives the same answer', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), step, (steps, repeated) => {
        const before = steps.reduce((stock, one, at) => apply(stock, one, at).stock, initialStock(10));
        const once = apply(before, repeated, 100);
        const twice = apply(once.stock, repeated, 101);
        expect(twice).toEqual(once);
      }),
    );
  });

  it('refuses a reserve that comes after its release, for any quantity, also once others came between', () => {
    const released = release(initialStock(10), 'o1', stamp(1));
    if (released.kind !== 'apply') throw new Error(released.kind);
    expect(reserve(released.stock, 'o1', 3, stamp(2))).toMatchObject({ kind: 'duplicate', outcome: 'released' });
    expect(released.stock.available).toBe(10);
  });

  it('tells a repeated reserve from one of another quantity', () => {
    const { stock } = apply(initialStock(10), { kind: 'reserve', orderId: 'o1', quantity: 3 }, 1);
    expect(reserve(stock, 'o1', 4, stamp(2))).toEqual({ kind: 'mismatch' });
  });

  it('folds away what was released or refused long ago, never what is reserved or sold', () => {
    let stock = initialStock(5);
    for (const [at, one] of (
      [
        { kind: 'reserve', orderId: 'kept', quantity: 1 },
        { kind: 'reserve', orderId: 'sold', quantity: 1 },
        { kind: 'commit', orderId: 'sold' },
        { kind: 'reserve', orderId: 'refused', quantity: 6 },
        { kind: 'release', orderId: 'released' },
        { kind: 'release', orderId: 'recent' },
      ] as const
    ).entries())
      stock = apply(stock, one, at).stock;
    const folded = fold(stock, stamp(5));
    expect(Object.keys(folded.reservations)).toEqual(['kept', 'sold', 'recent']);
    expect({ ...folded, reservations: {} }).toEqual({ ...stock, reservations: {} });
    expect(fold(folded, stamp(5))).toBe(folded);
  });
});
