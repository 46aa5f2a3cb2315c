import { describe, expect, it } from 'vitest';
import { createVirtualWorld } from '../runtime/virtual.ts';
import { carriedDeadline, deadlineHeader, deadlineHeaderValue, deadlineIn, remainingMs } from './deadline.ts';

describe('a deadline', () => {
  it('shrinks by what each hop takes, whatever the clocks of the hops read', async () => {
    const world = createVirtualWorld({ seed: 1 });
    const first = world.node('a').runtime.clock;
    await world.advance(10_000);
    const second = world.node('b').runtime.clock;
    expect(second.monotonicMs()).not.toBe(first.monotonicMs());

    const atFirst = deadlineIn(500, first);
    await world.advance(100.5);
    const header = deadlineHeaderValue(remainingMs(atFirst, first));
    expect(header).toBe('399');
    const atSecond = carriedDeadline({ [deadlineHeader]: header }, second, 10_000);
    await world.advance(99);
    expect(remainingMs(atSecond, second)).toBeCloseTo(300);
  });

  it('that has passed leaves nothing, never less', async () => {
    const world = createVirtualWorld({ seed: 1 });
    const { clock } = world.node('a').runtime;
    const deadline = deadlineIn(5, clock);
    await world.advance(50);
    expect(remainingMs(deadline, clock)).toBe(0);
    expect(deadlineHeaderValue(-3)).toBe('0');
  });

  it.each(['', '-5', '1e9', 'soon', '99999999', '9'.repeat(400)])('carried as %j is no longer than this hop allows', (carried) => {
    const { clock } = createVirtualWorld({ seed: 1 }).node('a').runtime;
    expect(remainingMs(carriedDeadline({ [deadlineHeader]: carried }, clock, 2_000), clock)).toBe(2_000);
    expect(remainingMs(carriedDeadline({}, clock, 2_000), clock)).toBe(2_000);
  });
});
