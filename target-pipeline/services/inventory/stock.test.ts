import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commit, fold, initialStock, release, reserve, type Stock, type StockDecision } from './stock.ts';

const stamp = (n: number): string => String(n).padStart(6, '0');

type Step =
  | { readonly kind: 'reserve'; readonly orderId: string; readonly quantity: number }
  | { readonly kind: 'release' | 'commit'; readonly orderId: string };

const orderId = fc.constantFrom('o1', 'o2', 'o3', 'constructor');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('reserve' as const), orderId, quantity: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constantFrom('release' as const, 'commit' as const), orderId }),
);

const reserveAt = (stock: Stock, id: string, quantity: number, at: number, cause = at): StockDecision =>
  reserve(stock, { orderId: id, quantity, key: `${id}:reserve`, fingerprint: String(quantity), cause: stamp(cause), hlc: stamp(at) });

const releaseAt = (stock: Stock, id: string, at: number, { sold, cause = at }: { sold?: number; cause?: number } = {}): StockDecision =>
  release(stock, {
    orderId: id,
    key: `${id}:release`,
    fingerprint: `release ${sold}`,
    cause: stamp(cause),
    hlc: stamp(at),
    ...(sold === undefined ? {} : { sold }),
  });

function apply(stock: Stock, one: Step, at: number): { readonly stock: Stock; readonly answer: unknown } {
  if (one.kind === 'commit') return { stock: commit(stock, [one.orderId], stamp(at)), answer: 'committed' };
  const decision = one.kind === 'reserve' ? reserveAt(stock, one.orderId, one.quantity, at) : releaseAt(stock, one.orderId, at);
  return {
    stock: decision.kind === 'apply' ? decision.stock : stock,
    answer: decision.kind === 'apply' || decision.kind === 'duplicate' ? decision.answer : decision.kind,
  };
}

const countersOf = ({ available, reserved, sold }: Stock): object => ({ available, reserved, sold });

/** A stock of ten of which `o1` has bought three, and that has forgotten so. */
function soldAndFolded(foldedBefore = 100): Stock {
  const reserved = apply(initialStock(10), { kind: 'reserve', orderId: 'o1', quantity: 3 }, 1).stock;
  const folded = fold(commit(reserved, ['o1'], stamp(2)), stamp(foldedBefore));
  expect([countersOf(folded), folded.reservations]).toEqual([{ available: 7, reserved: 0, sold: 3 }, {}]);
  return folded;
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

  it('does the same thing once however often it is asked, and gives the first answer, whatever has happened since', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), step, fc.array(step, { maxLength: 5 }), (steps, repeated, since) => {
        const before = steps.reduce((stock, one, at) => apply(stock, one, at).stock, initialStock(10));
        const first = apply(before, repeated, 100);
        const later = since.reduce((stock, one, at) => apply(stock, one, 200 + at).stock, first.stock);
        const again = apply(later, repeated, 300);
        expect(again.answer).toEqual(first.answer);
        if (repeated.kind !== 'commit') expect(again.stock).toEqual(later);
      }),
    );
  });

  it('refuses a reserve that comes after its release, for any quantity, and says so again when asked again', () => {
    const released = apply(initialStock(10), { kind: 'release', orderId: 'o1' }, 1).stock;
    const refused = reserveAt(released, 'o1', 3, 2);
    if (refused.kind !== 'apply') throw new Error(refused.kind);
    expect([refused.answer, refused.stock.available]).toEqual([{ outcome: 'released', hlc: stamp(2) }, 10]);
    expect(reserveAt(refused.stock, 'o1', 3, 9)).toEqual({ kind: 'duplicate', answer: refused.answer });
  });

  it('tells a repeated call from one with another body under the same key, of either kind and for another order', () => {
    const { stock } = apply(initialStock(10), { kind: 'reserve', orderId: 'o1', quantity: 3 }, 1);
    expect(reserveAt(stock, 'o1', 4, 2)).toEqual({ kind: 'mismatch' });
    const stolen = { orderId: 'o2', quantity: 1, key: 'o1:reserve', fingerprint: 'of o2', cause: stamp(2), hlc: stamp(2) };
    expect(reserve(stock, stolen)).toEqual({ kind: 'mismatch' });
    const released = apply(stock, { kind: 'release', orderId: 'o1' }, 3).stock;
    expect(releaseAt(released, 'o1', 4, { sold: 3 })).toEqual({ kind: 'mismatch' });
  });
});

describe('folding', () => {
  it('takes away what was over long ago, sold units too, changes no counter and keeps what is reserved', () => {
    const steps: readonly Step[] = [
      { kind: 'reserve', orderId: 'kept', quantity: 1 },
      { kind: 'reserve', orderId: 'sold', quantity: 1 },
      { kind: 'commit', orderId: 'sold' },
      { kind: 'reserve', orderId: 'refused', quantity: 6 },
      { kind: 'release', orderId: 'released' },
      { kind: 'release', orderId: 'recent' },
    ];
    const stock = steps.reduce((now, one, at) => apply(now, one, at).stock, initialStock(5));
    const folded = fold(stock, stamp(5));
    expect(Object.keys(folded.reservations)).toEqual(['kept', 'recent']);
    expect(countersOf(folded)).toEqual(countersOf(stock));
    expect(fold(folded, stamp(5))).toBe(folded);
  });

  it('keeps a popular SKU small: as many reservations as fall into the time they are kept, however many orders there were', () => {
    let stock = initialStock(1_000_000);
    for (let at = 0; at < 3000; at += 1) {
      stock = apply(fold(stock, stamp(Math.max(0, at - 50))), { kind: 'reserve', orderId: `o${at}`, quantity: 1 }, at).stock;
      stock = commit(stock, [`o${at}`], stamp(at));
    }
    expect([Object.keys(stock.reservations).length, stock.sold]).toEqual([51, 3000]);
  });

  it('does not keep sold units from being restocked, once', () => {
    const restocked = releaseAt(soldAndFolded(), 'o1', 150, { sold: 3 });
    if (restocked.kind !== 'apply') throw new Error(restocked.kind);
    expect(countersOf(restocked.stock)).toEqual({ available: 10, reserved: 0, sold: 0 });
    expect(releaseAt(restocked.stock, 'o1', 160, { sold: 3 })).toEqual({ kind: 'duplicate', answer: restocked.answer });
  });

  it('leaves a restock that may have been carried out and forgotten undecided, rather than doing it twice', () => {
    const restocked = releaseAt(soldAndFolded(), 'o1', 150, { sold: 3, cause: 140 });
    if (restocked.kind !== 'apply') throw new Error(restocked.kind);
    const forgotten = fold(restocked.stock, stamp(200));
    expect(forgotten.reservations).toEqual({});
    expect(releaseAt(forgotten, 'o1', 210, { sold: 3, cause: 140 })).toEqual({ kind: 'undecidable' });
  });

  it('lets no reserve in that is older than the cancellations it has forgotten, and any that is newer', () => {
    const cancelled = apply(initialStock(10), { kind: 'release', orderId: 'o1' }, 5).stock;
    const forgotten = fold(cancelled, stamp(100));
    const late = reserveAt(forgotten, 'o1', 3, 110, 4);
    expect(late).toMatchObject({ kind: 'apply', answer: { outcome: 'expired' }, stock: { available: 10, reserved: 0 } });
    expect(reserveAt(forgotten, 'o2', 3, 110, 105)).toMatchObject({ kind: 'apply', answer: { outcome: 'reserved' } });
  });

  it('never makes or loses a unit, whenever it comes', () => {
    const placed = fc.array(fc.tuple(step, fc.nat(12)), { maxLength: 40 });
    fc.assert(
      fc.property(placed, (steps) => {
        let stock = initialStock(10);
        for (const [at, [one, keepFor]] of steps.entries()) {
          stock = fold(stock, stamp(Math.max(0, at - keepFor)));
          const confirmed = one.kind === 'release' && stock.reservations[one.orderId] === undefined && stock.sold > 0;
          const decision = confirmed ? releaseAt(stock, one.orderId, at, { sold: 1 }) : undefined;
          stock = decision === undefined ? apply(stock, one, at).stock : decision.kind === 'apply' ? decision.stock : stock;
          expect(stock.available + stock.reserved + stock.sold).toBe(10);
          expect(Math.min(stock.available, stock.reserved, stock.sold)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
