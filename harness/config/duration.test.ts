import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, longestDurationMs, parseDurationMs } from './duration.ts';

describe('durations', () => {
  it.each([
    ['300', 300_000],
    [300, 300_000],
    [0.25, 250],
    ['300s', 300_000],
    ['5m', 300_000],
    ['1500ms', 1_500],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    [' 2s ', 2_000],
  ])('reads %j as %d ms', (input, ms) => {
    expect(parseDurationMs(input)).toBe(ms);
  });

  it.each([
    '',
    ' ',
    '0',
    0,
    '-5',
    -5,
    '-5s',
    Number.NaN,
    'NaN',
    Number.POSITIVE_INFINITY,
    'Infinity',
    '1e3',
    '0x10',
    '5 m',
    '5d',
    's',
    '5s3',
    '0.1ms',
    '1,5s',
    '25000h',
  ])('refuses %j', (input) => {
    expect(parseDurationMs(input)).toBeUndefined();
  });

  it('never give a timer more than it can wait', () => {
    expect(parseDurationMs(`${longestDurationMs}ms`)).toBe(longestDurationMs);
    expect(parseDurationMs(`${longestDurationMs + 1}ms`)).toBeUndefined();
  });

  it('read back what was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: longestDurationMs }), (ms) => {
        expect(parseDurationMs(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});
