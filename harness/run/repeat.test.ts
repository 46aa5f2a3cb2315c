import { describe, expect, it } from 'vitest';
import { repeatRun } from './repeat.ts';
import type { TrialWithReport } from './trial.ts';

const trial = (exitCode: number): TrialWithReport => ({ exitCode, summary: `left with ${exitCode}`, violated: [], durationMs: 1 });

function repeat(exitCodes: readonly number[], { keepGoing = false, stopAfter = Number.POSITIVE_INFINITY } = {}) {
  const stop = new AbortController();
  const seen: number[] = [];
  let begun = 0;
  const result = repeatRun({
    times: exitCodes.length,
    keepGoing,
    run: () => {
      const exitCode = exitCodes[begun] ?? 70;
      begun += 1;
      if (begun > stopAfter) stop.abort();
      return Promise.resolve(trial(exitCode));
    },
    signal: stop.signal,
    onTrial: ({ exitCode }) => void seen.push(exitCode),
  });
  return { result, seen };
}

describe('a run repeated', () => {
  it('stops at the first failure', async () => {
    const { result, seen } = repeat([0, 0, 1, 0]);
    expect(await result).toMatchObject({ failures: 1, exitCode: 1 });
    expect(seen).toEqual([0, 0, 1]);
  });

  it('goes on for the rate where that is asked for, and leaves with the worst', async () => {
    const { result, seen } = repeat([0, 1, 2, 0], { keepGoing: true });
    expect(await result).toMatchObject({ failures: 2, exitCode: 1 });
    expect(seen).toEqual([0, 1, 2, 0]);
  });

  it('does not count the run that an interruption cut short, and begins no other', async () => {
    const { result, seen } = repeat([0, 1, 1], { keepGoing: true, stopAfter: 1 });
    expect(await result).toMatchObject({ failures: 0, exitCode: 0 });
    expect(seen).toEqual([0]);
  });

  it('says that something was left behind, also by a run that was cut short', async () => {
    expect((await repeat([0, 5], { stopAfter: 1 }).result).exitCode).toBe(5);
  });

  it('interrupted before anything ended has shown nothing', async () => {
    expect(await repeat([1], { stopAfter: 0 }).result).toMatchObject({ trials: [], exitCode: 2 });
  });
});
