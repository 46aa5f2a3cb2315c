import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOut, metrics } from './layout.ts';
import type { Story, StoryCall } from './story.ts';

interface Interval {
  readonly from: number;
  readonly length: number;
  readonly open: boolean;
}

/** Every call on a process of its own; the last to be invoked is the impossible one. */
function storyOf(intervals: readonly Interval[]): Story {
  const calls = intervals
    .map(
      ({ from, length, open }, id): StoryCall => ({
        id,
        process: id,
        label: 'x'.repeat(1 + (id % 40)),
        f: 'write',
        input: id,
        output: null,
        outcome: open ? 'info' : 'ok',
        role: 'around',
        fromNs: from,
        ...(open ? {} : { toNs: from + length }),
      }),
    )
    .sort((a, b) => a.fromNs - b.fromNs || a.id - b.id);
  const impossible = { ...(calls.at(-1) as StoryCall), role: 'impossible' as const };
  const shown = [...calls.slice(0, -1), impossible];
  // In the order in which they end, each takes effect just before its end: consistent with real time.
  const order = shown
    .filter(({ id, fromNs }) => id !== impossible.id && fromNs <= (impossible.toNs ?? Number.POSITIVE_INFINITY))
    .filter(({ toNs }) => toNs !== undefined && toNs <= (impossible.toNs ?? Number.POSITIVE_INFINITY))
    .sort((a, b) => (a.toNs ?? 0) - (b.toNs ?? 0));
  return {
    impossible: impossible.id,
    calls: shown,
    orders: [{ calls: order.map(({ id }) => id), earlier: 0, state: '?' }],
    omissions: [],
    minimal: true,
    coreSize: 1,
    statesBefore: [],
    timed: true,
  };
}

const intervals = fc.array(fc.record({ from: fc.nat(50), length: fc.integer({ min: 0, max: 40 }), open: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
});

describe('the layout of a violation', () => {
  it('keeps the order of time: what ended before another began stands left of it, what overlapped overlaps', () => {
    fc.assert(
      fc.property(intervals, (given) => {
        const { bars } = layOut(storyOf(given));
        for (const one of bars) {
          for (const other of bars) {
            if (one.call.toNs === undefined) continue;
            const before = one.call.toNs < other.call.fromNs;
            expect(one.x + one.width < other.x).toBe(before);
          }
        }
      }),
    );
  });

  it('gives every bar room for its label, and stays within its own width', () => {
    fc.assert(
      fc.property(intervals, (given) => {
        const { bars, width, reasonX } = layOut(storyOf(given));
        for (const { x, width: barWidth, text } of bars) {
          expect(barWidth).toBeGreaterThanOrEqual(text.length * metrics.characterWidth);
          expect(text.length).toBeLessThanOrEqual(metrics.maxCharacters);
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x + barWidth).toBeLessThanOrEqual(width);
        }
        expect(reasonX).toBeLessThan(width);
      }),
    );
  });

  it('puts every linearization point inside its operation, one right of the other, and the cross right of all', () => {
    fc.assert(
      fc.property(intervals, (given) => {
        const { bars, orders } = layOut(storyOf(given));
        for (const { points, refused } of orders) {
          let last = Number.NEGATIVE_INFINITY;
          for (const { id, x } of points) {
            const bar = bars.find(({ call }) => call.id === id);
            expect(x).toBeGreaterThan(bar?.x ?? Number.POSITIVE_INFINITY);
            expect(x).toBeLessThan((bar?.x ?? 0) + (bar?.width ?? 0));
            expect(x).toBeGreaterThan(last);
            last = x;
          }
          expect(refused.x).toBeGreaterThan(last);
          const impossible = bars.find(({ call }) => call.role === 'impossible');
          expect(refused.x).toBeLessThan((impossible?.x ?? 0) + (impossible?.width ?? 0));
        }
      }),
    );
  });

  it('gives each process one lane, in the order in which they appear', () => {
    const { lanes } = layOut(
      storyOf([
        { from: 30, length: 1, open: false },
        { from: 10, length: 1, open: false },
        { from: 20, length: 1, open: false },
      ]),
    );
    expect(lanes.map(({ process }) => process)).toEqual([1, 2, 0]);
    expect(lanes.map(({ y }) => y)).toEqual([0, 1, 2].map((lane) => metrics.headHeight + lane * metrics.laneHeight));
  });
});
