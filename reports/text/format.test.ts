import { describe, expect, it } from 'vitest';
import { clip, formatDuration, formatLatency, formatShare, formatValue } from './format.ts';

describe('numbers for people', () => {
  it('gives a latency the unit that suits it', () => {
    expect([800, 12_345, 12_345_678, 4_560_000_000, 0].map(formatLatency)).toEqual(['0.80 µs', '12.3 µs', '12.3 ms', '4.56 s', '0 µs']);
  });

  it('gives a duration minutes and hours once it has them', () => {
    expect([850, 12_340, 60_000, 312_000, 7_260_000].map(formatDuration)).toEqual(['850 ms', '12.3 s', '1 min', '5 min 12 s', '2 h 1 min']);
  });

  it('never rounds a loss away', () => {
    expect(formatShare(999_999, 1_000_000)).toBe('99.99 %');
    expect(formatShare(1, 1_000_000)).toBe('0.01 %');
    expect(formatShare(10, 10)).toBe('100 %');
    expect(formatShare(0, 0)).toBe('–');
  });

  it('says how much of a long value it leaves out, and never cuts a character in two', () => {
    expect(formatValue({ a: 'x'.repeat(20) }, 10)).toBe('{"a":"xxxx… (18 more characters)');
    expect(clip('ab😀cd', 3)).toBe('ab… (3 more characters)');
  });
});
