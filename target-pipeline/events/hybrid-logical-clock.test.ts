import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockOffsetError, createHybridLogicalClock, formatStamp, type HybridLogicalClock, parseStamp } from './hybrid-logical-clock.ts';

function clockAt(time: { wallMs: number }, node = 'a', maxOffsetMs = 5_000): HybridLogicalClock {
  return createHybridLogicalClock({ node, wallMs: () => time.wallMs, maxOffsetMs });
}

describe('a hybrid logical clock', () => {
  it('follows the wall clock while that advances, and counts while it does not or steps back', () => {
    const time = { wallMs: 1_000 };
    const clock = clockAt(time);
    const stamps = [clock.now(), clock.now()];
    time.wallMs = 1_001;
    stamps.push(clock.now());
    time.wallMs = 500;
    stamps.push(clock.now());
    expect(stamps.map((stamp) => parseStamp(stamp)).map(({ wallMs, counter }) => [wallMs, counter])).toEqual([
      [1_000, 0],
      [1_000, 1],
      [1_001, 0],
      [1_001, 1],
    ]);
  });

  it.each([
    ['remote is ahead of both', 1_000, 1_000, 7, 3_000, 9, 3_000, 10],
    ['this node is ahead of both', 1_000, 3_000, 7, 2_000, 9, 3_000, 8],
    ['both have the same milliseconds and the remote counter is larger', 1_000, 3_000, 7, 3_000, 9, 3_000, 10],
    ['both have the same milliseconds and the own counter is larger', 1_000, 3_000, 9, 3_000, 7, 3_000, 10],
    ['the wall clock is ahead of both', 4_000, 3_000, 7, 3_500, 9, 4_000, 0],
  ])('takes the stamp after both when %s', (_when, wallMs, ownMs, ownCounter, remoteMs, remoteCounter, ms, counter) => {
    const time = { wallMs: ownMs };
    const clock = clockAt(time);
    for (let n = 0; n <= ownCounter; n++) clock.now();
    time.wallMs = wallMs;
    expect(parseStamp(clock.receive(formatStamp({ wallMs: remoteMs, counter: remoteCounter, node: 'b' })))).toEqual({
      wallMs: ms,
      counter,
      node: 'a',
    });
  });

  it('refuses a stamp beyond the maximum offset with a typed error, and is not moved by it', () => {
    const time = { wallMs: 1_000 };
    const clock = clockAt(time, 'a', 5_000);
    const tooFar = formatStamp({ wallMs: 6_001, counter: 0, node: 'b' });
    expect(() => clock.receive(tooFar)).toThrow(ClockOffsetError);
    expect(() => clock.receive(tooFar)).toThrow(expect.objectContaining({ remote: tooFar, offsetMs: 5_001, maxOffsetMs: 5_000 }));
    expect(parseStamp(clock.now()).wallMs).toBe(1_000);
    expect(parseStamp(clock.receive(formatStamp({ wallMs: 6_000, counter: 0, node: 'b' }))).wallMs).toBe(6_000);
  });

  it('accepts stamps from any time in the past', () => {
    expect(parseStamp(clockAt({ wallMs: 1_000_000 }).receive(formatStamp({ wallMs: 0, counter: 5, node: 'b' }))).wallMs).toBe(1_000_000);
  });

  it('goes on to the next millisecond when the counter is full', () => {
    const clock = clockAt({ wallMs: 1_000 });
    const stamp = clock.receive(formatStamp({ wallMs: 2_000, counter: 0xffff, node: 'b' }));
    expect(parseStamp(stamp)).toEqual({ wallMs: 2_001, counter: 0, node: 'a' });
  });

  it.each(['', 'x', '0190f2a4c000', '0190f2a4c000.0003', '0190f2a4c000.0003.', '0190F2A4C000.0003.a', '190f2a4c000.0003.a'])(
    'refuses %j, which is no stamp',
    (text) => {
      expect(() => parseStamp(text)).toThrow('expected a stamp');
      expect(() => clockAt({ wallMs: 0 }).receive(text)).toThrow('expected a stamp');
    },
  );

  it('refuses times that do not fit in 48 bits', () => {
    for (const wallMs of [-1, 2 ** 48, Number.NaN]) expect(() => formatStamp({ wallMs, counter: 0, node: 'a' })).toThrow('48 bits');
  });
});

describe('stamps', () => {
  const part = fc.record({
    wallMs: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
    counter: fc.integer({ min: 0, max: 0xffff }),
    node: fc.constantFrom('a', 'b', 'order-1'),
  });

  it('read back as they were written', () => {
    fc.assert(fc.property(part, (parts) => void expect(parseStamp(formatStamp(parts))).toEqual(parts)));
  });

  it('sort as strings the way they sort as numbers', () => {
    fc.assert(
      fc.property(part, part, (a, b) => {
        const numeric = a.wallMs - b.wallMs || a.counter - b.counter;
        fc.pre(numeric !== 0);
        expect(formatStamp(a) < formatStamp(b)).toBe(numeric < 0);
      }),
    );
  });

  it('of events in causal order are in order, whatever the wall clocks do within the offset', () => {
    const step = fc.record({
      node: fc.nat({ max: 2 }),
      to: fc.nat({ max: 2 }),
      wallStepMs: fc.integer({ min: -400, max: 400 }),
      isMessage: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const nodes = ['a', 'b', 'c'].map((name) => {
          const time = { wallMs: 100_000 };
          return { time, clock: clockAt(time, name, 1_000_000), last: '' };
        });
        const seen = new Set<string>();
        const record = (node: { last: string }, stamp: string, after: string[]): void => {
          for (const earlier of [node.last, ...after]) expect(earlier < stamp).toBe(true);
          expect(seen.has(stamp)).toBe(false);
          seen.add(stamp);
          node.last = stamp;
        };
        for (const { node: from, to, wallStepMs, isMessage } of steps) {
          const sender = nodes[from];
          const receiver = nodes[to];
          if (sender === undefined || receiver === undefined) continue;
          sender.time.wallMs += wallStepMs;
          const sent = sender.clock.now();
          record(sender, sent, []);
          if (isMessage && from !== to) record(receiver, receiver.clock.receive(sent), [sent]);
        }
      }),
    );
  });
});
