import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startProgress } from './progress.ts';

describe('the progress of a check', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function started(isTty: boolean, quiet = false) {
    const lines: string[] = [];
    const progress = startProgress({ isTty, stderr: (text) => void lines.push(text) }, { quiet, timeLimitMs: 60_000 });
    return { progress, lines };
  }

  it('says nothing of a check that is over within a second', () => {
    const { progress, lines } = started(true);
    vi.advanceTimersByTime(900);
    progress.stop();
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual([]);
  });

  it('redraws one line on a terminal, and wipes it in the end', () => {
    const { progress, lines } = started(true);
    progress.checking(1_200);
    vi.advanceTimersByTime(1_400);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.at(-1)).toMatch(/^\r\u001b\[2Kchecking 1,200 lines · 1\.4 s of at most 60 s · [\d,]+ MB in use$/);
    progress.stop();
    expect(lines.at(-1)).toBe('\r\u001b[2K');
  });

  it('prints a line every few seconds elsewhere, and none when it is to be quiet', () => {
    const { progress, lines } = started(false);
    progress.reading(12_000_000);
    vi.advanceTimersByTime(10_000);
    progress.stop();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^reading {2}12 MB so far · .*\n$/);
    const silent = started(false, true);
    vi.advanceTimersByTime(60_000);
    silent.progress.stop();
    expect(silent.lines).toEqual([]);
  });
});
