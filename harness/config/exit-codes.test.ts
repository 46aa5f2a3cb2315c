import { describe, expect, it } from 'vitest';
import { describeExitCodes, exitCodeForVerdict, exitCodes, worstExitCode } from './exit-codes.ts';

describe('exit codes', () => {
  it('are the documented ones', () => {
    expect(Object.fromEntries(Object.entries(exitCodes).map(([name, { code }]) => [name, code]))).toEqual({
      valid: 0,
      invalid: 1,
      unknown: 2,
      threshold: 3,
      deploy: 4,
      leftovers: 5,
      usage: 64,
      internal: 70,
      interrupted: 130,
      terminated: 143,
    });
  });

  it('are distinct', () => {
    const codes = Object.values(exitCodes).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('never let an unknown verdict pass unless that was asked for', () => {
    expect(exitCodeForVerdict('unknown', { allowUnknown: false })).toBe(2);
    expect(exitCodeForVerdict('unknown', { allowUnknown: true })).toBe(0);
  });

  it('never let an invalid verdict pass at all', () => {
    expect(exitCodeForVerdict('invalid', { allowUnknown: true })).toBe(1);
    expect(exitCodeForVerdict('valid', { allowUnknown: false })).toBe(0);
  });

  it('of several runs is the worst, whatever its number', () => {
    expect(worstExitCode([0, 2, 0])).toBe(2);
    expect(worstExitCode([3, 1, 2])).toBe(1);
    expect(worstExitCode([1, 4, 5, 0])).toBe(5);
    expect(worstExitCode([130, 70])).toBe(130);
    for (const { code } of Object.values(exitCodes)) expect(worstExitCode([0, code])).toBe(code);
    expect(worstExitCode([])).toBe(2);
  });

  it('are all in the help text, one a line', () => {
    const lines = describeExitCodes().split('\n');
    expect(lines.map((line) => Number(line.trim().split(' ')[0]))).toEqual(Object.values(exitCodes).map(({ code }) => code));
  });
});
