import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlannedFault } from '../../../nemesis/index.ts';
import { type Candidate, closeGaps, keepFaults, keepFaultsUntil } from './candidate.ts';
import { ddmin } from './ddmin.ts';
import { createJudge } from './judge.ts';
import { type ShrinkOptions, shrink } from './shrink.ts';

describe('ddmin', () => {
  it('ends with exactly what is needed, whatever that is, and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 20 }),
        fc.infiniteStream(fc.boolean()),
        async (items, coin) => {
          const picked = items.filter(() => coin.next().value);
          const needed = picked.length === 0 ? items.slice(0, 1) : picked;
          const smallest = await ddmin(items, async (part) => needed.every((item) => part.includes(item)));
          expect(smallest).toEqual(needed);
        },
      ),
    );
  });

  it('takes nothing away when nothing smaller fails', async () => {
    expect(await ddmin([1, 2, 3], async () => false)).toEqual([1, 2, 3]);
  });

  it('finds one of many in a number of tests that grows with its logarithm', async () => {
    let tests = 0;
    await ddmin(
      Array.from({ length: 1024 }, (_, index) => index),
      async (part) => {
        tests += 1;
        return part.includes(700);
      },
    );
    expect(tests).toBeLessThanOrEqual(20);
  });
});

const lengthOf = (): number => 4000;
const fault = (id: string, atMs: number, options: PlannedFault['options'] = {}): PlannedFault => ({ id, nemesis: 'pause', atMs, options });
const candidate = (...faults: readonly PlannedFault[]): Candidate => ({
  plan: { warmUpMs: 2000, cleanBeforeMs: 8000, faultsMs: 60_000, cleanAfterMs: 8000, faults },
  ratePerSecond: 40,
});
const starts = ({ plan }: Candidate) => plan.faults.map(({ id, atMs }) => `${id} ${atMs}`);

describe('a smaller schedule', () => {
  const whole = candidate(fault('a', 300), fault('b', 20_000), fault('c', 22_000), fault('d', 50_000));

  it('begins soon, keeps what lies between its faults, and lasts as long as they need', () => {
    const kept = keepFaults(whole, whole.plan.faults.slice(1, 3), lengthOf);
    expect(starts(kept)).toEqual(['b 500', 'c 2500']);
    expect(kept.plan.faultsMs).toBe(2500 + 6000 + 2000);
    expect(starts(keepFaults(whole, whole.plan.faults, lengthOf))).toEqual(starts(whole));
  });

  it('without faults is as long as it was, all of it clean', () => {
    expect(keepFaults(whole, [], lengthOf).plan).toEqual({
      warmUpMs: 2000,
      cleanBeforeMs: 68_000,
      faultsMs: 0,
      cleanAfterMs: 8000,
      faults: [],
    });
  });

  it('ends with the faults that began before the violation', () => {
    expect(starts(keepFaultsUntil(whole, 10_000 + 21_000, lengthOf))).toEqual(['a 300', 'b 20000']);
  });

  it('without idle time has its faults overlap as they did', () => {
    expect(starts(closeGaps(whole, lengthOf))).toEqual(['a 300', 'b 5300', 'c 7300', 'd 12300']);
  });
});

/** One that fails as often as the list says, in turn, for as long as that lasts. */
const answers = (...all: readonly (boolean | undefined)[]) => {
  const left = [...all];
  return () => Promise.resolve(left.shift());
};

describe('the judge of a candidate', () => {
  it('asks for a failure in most runs, and stops as soon as that is settled', async () => {
    expect(await createJudge({ runs: 3, run: answers(true, true) }).fails('x')).toBe(true);
    expect(await createJudge({ runs: 3, run: answers(false, false) }).fails('x')).toBe(false);
    expect(await createJudge({ runs: 3, run: answers(true, false, false) }).fails('x')).toBe(false);
  });

  it('asks for no more than the original shows', async () => {
    const judge = createJudge<string>({ runs: 3, run: answers(false, true, false, /* x */ false, false, true) });
    expect(await judge.gauge('original')).toEqual({ failures: 1, runs: 3 });
    expect(await judge.fails('x')).toBe(true);
  });

  it('never calls it a failure when there was no time to find out', async () => {
    expect(await createJudge({ runs: 3, run: answers(true, undefined) }).fails('x')).toBe(false);
  });

  it('remembers what it ran', async () => {
    const judge = createJudge<string>({ runs: 3, run: answers(true, true, false) });
    expect(await judge.fails('x')).toBe(true);
    expect(await judge.fails('x')).toBe(true);
    expect(await judge.measure('x')).toEqual({ failures: 2, runs: 3 });
  });
});

function shrinking(fails: (one: Candidate) => boolean, options: Partial<ShrinkOptions> = {}) {
  const saved: Candidate[] = [];
  const ten = Array.from({ length: 10 }, (_, index) => fault(`f-${index}`, index * 6000, { durationMs: 4000 }));
  const original = candidate(...ten);
  const result = shrink({
    original,
    runs: 1,
    lengthOf,
    run: (one) => Promise.resolve(fails(one)),
    onTry: () => undefined,
    onSmaller: (best) => saved.push(best),
    ...options,
  });
  return { original, saved, result };
}
const has = ({ plan }: Candidate, ...ids: readonly string[]) => ids.every((id) => plan.faults.some((one) => one.id === id));

describe('shrinking', () => {
  it('ends with the faults that are needed, as short and under as little load as still fails', async () => {
    const fails = (one: Candidate) =>
      has(one, 'f-3', 'f-7') &&
      one.ratePerSecond >= 10 &&
      one.plan.faults.every(({ id, options }) => id !== 'f-7' || Number(options['durationMs']) >= 1000);
    const { best, reproduction } = await shrinking(fails).result;
    expect(best.plan.faults.map(({ id, options }) => [id, options['durationMs']])).toEqual([
      ['f-3', 63],
      ['f-7', 1000],
    ]);
    expect(best.ratePerSecond).toBe(10);
    expect(best.plan.cleanBeforeMs).toBe(500);
    expect(reproduction).toEqual({ failures: 1, runs: 1 });
  });

  it('finds that no fault is needed', async () => {
    const { best } = await shrinking(() => true).result;
    expect(best.plan.faults).toEqual([]);
  });

  it('looks first at what happened before the violation', async () => {
    const tried: Candidate[] = [];
    await shrinking((one) => has(one, 'f-1'), { detectedMs: 10_000 + 7000, onTry: (_, one) => tried.push(one) }).result;
    expect(tried[1]?.plan.faults.map(({ id }) => id)).toEqual(['f-0', 'f-1']);
  });

  it('leaves a run alone that does not fail again', async () => {
    const { result, original, saved } = shrinking(() => false);
    expect(await result).toEqual({ best: original, original: { failures: 0, runs: 1 }, reproduction: { failures: 0, runs: 0 } });
    expect(saved).toEqual([]);
  });

  it('that is stopped keeps the best so far, and calls nothing smaller that it had no time for', async () => {
    let left = 5;
    const { result, saved } = shrinking(() => true, {
      run: async (one) => {
        left -= 1;
        return left < 0 ? undefined : has(one, 'f-3');
      },
    });
    const { best } = await result;
    expect(best).toEqual(saved.at(-1));
    expect(best.plan.faults.map(({ id }) => id)).toEqual(['f-2', 'f-3', 'f-4']);
  });

  it('only ever calls smaller what fails', async () => {
    const fails = (one: Candidate) => has(one, 'f-5') && one.ratePerSecond > 30;
    const { result, saved } = shrinking(fails);
    await result;
    expect(saved.length).toBeGreaterThan(2);
    for (const one of saved) expect(fails(one)).toBe(true);
  });
});
