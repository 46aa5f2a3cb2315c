import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRetryBudget } from './retry-budget.ts';

function budgetAt(start: { nowMs: number }, share = 0.2, floorPerSecond = 0, windowMs = 10_000) {
  return createRetryBudget({ share, floorPerSecond, windowMs }, { monotonicMs: () => start.nowMs, wallMs: () => 0 });
}

describe('the retry budget', () => {
  it('allows a fifth of the first attempts of the last ten seconds', () => {
    const time = { nowMs: 0 };
    const budget = budgetAt(time);
    expect(budget.tryRetry()).toBe(false);
    for (let n = 0; n < 4; n++) budget.recordFirstAttempt(0);
    expect(budget.tryRetry()).toBe(false);
    budget.recordFirstAttempt(0);
    expect([budget.tryRetry(), budget.tryRetry()]).toEqual([true, false]);
  });

  it('loses no retry to rounding', () => {
    const budget = budgetAt({ nowMs: 0 }, 0.29);
    for (let n = 0; n < 100; n++) budget.recordFirstAttempt(0);
    expect(budget.available()).toBe(29);
  });

  it('forgets first attempts at the very end of the window, and gives retries back with it', () => {
    const time = { nowMs: 0 };
    const budget = budgetAt(time);
    for (let n = 0; n < 5; n++) budget.recordFirstAttempt(0);
    time.nowMs = 9_999.9;
    expect(budget.available()).toBe(1);
    expect(budget.tryRetry()).toBe(true);
    time.nowMs = 10_000;
    for (let n = 0; n < 5; n++) budget.recordFirstAttempt(10_000);
    expect(budget.available()).toBe(0);
    time.nowMs = 19_999.9;
    expect(budget.available()).toBe(1);
  });

  it('has a floor for clients with little traffic', () => {
    const time = { nowMs: 0 };
    const budget = budgetAt(time, 0.2, 0.5);
    expect(Array.from({ length: 7 }, () => budget.tryRetry())).toEqual([true, true, true, true, true, false, false]);
  });

  it('takes first attempts in whatever order they are known to have left', () => {
    const time = { nowMs: 12_000 };
    const budget = budgetAt(time, 1);
    for (const sentAtMs of [11_000, 3_000, 11_500, 1_000, 5_000]) budget.recordFirstAttempt(sentAtMs);
    expect(budget.available()).toBe(4);
    time.nowMs = 13_000;
    expect(budget.available()).toBe(3);
    time.nowMs = 21_200;
    expect(budget.available()).toBe(1);
  });

  it('holds R ≤ β·F + m·τ over the window at every retry it allows, and refuses none that it could allow', () => {
    const event = fc.record({ afterMs: fc.integer({ min: 0, max: 4_000 }), isFirst: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 200 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 20 }),
        (events, sharePercent, floorTenths) => {
          const time = { nowMs: 0 };
          const budget = budgetAt(time, sharePercent / 100, floorTenths / 10);
          const firsts: number[] = [];
          const retries: number[] = [];
          const inWindow = (instants: number[]): number => instants.filter((at) => at > time.nowMs - 10_000).length;
          for (const { afterMs, isFirst } of events) {
            time.nowMs += afterMs;
            if (isFirst) {
              firsts.push(time.nowMs);
              budget.recordFirstAttempt(time.nowMs);
            } else {
              // In whole hundredths, so that the expectation has no rounding of its own.
              const fits = 100 * (inWindow(retries) + 1) <= sharePercent * inWindow(firsts) + 100 * floorTenths;
              expect(budget.available() > 0).toBe(fits);
              expect(budget.tryRetry()).toBe(fits);
              if (fits) retries.push(time.nowMs);
            }
          }
        },
      ),
    );
  });

  it('stays quick and exact over a million attempts', () => {
    const time = { nowMs: 0 };
    const budget = budgetAt(time);
    let allowed = 0;
    for (let n = 0; n < 1_000_000; n++) {
      time.nowMs += 1;
      budget.recordFirstAttempt(time.nowMs);
      if (budget.tryRetry()) allowed += 1;
    }
    expect(allowed).toBe(200_000);
  });
});
