import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgress, type ProgressOptions, type ProgressSample } from './progress.ts';

const erase = '\r\u001b[2K';

function recorded(io: { readonly isTty: boolean; readonly colour?: boolean }, options: Partial<ProgressOptions> = {}) {
  const written: string[] = [];
  const sample = { elapsedMs: 0, ok: 0, fail: 0, info: 0, activeFaults: [] as readonly string[] };
  const progress = createProgress(
    { stderr: (text) => written.push(text), isTty: io.isTty, colour: io.colour ?? false },
    { quiet: false, verbose: false, sample: (): ProgressSample => ({ ...sample }), columns: () => 80, ...options },
  );
  const advance = (ms: number, completed: number) => {
    sample.elapsedMs += ms;
    sample.ok += completed;
    vi.advanceTimersByTime(ms);
  };
  return { written, sample, progress, advance };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('progress away from a terminal', () => {
  it('is a heartbeat line every five seconds', () => {
    const { written, advance, progress } = recorded({ isTty: false }, { totalMs: 300_000 });
    progress.phase('faults');
    advance(4_999, 100);
    expect(written).toEqual(['faults  0:00 / 5:00 · 0 ops/s · 0 ok  0 fail  0 info\n']);
    advance(1, 100);
    expect(written.at(-1)).toBe('faults  0:05 / 5:00 · 40 ops/s · 200 ok  0 fail  0 info\n');
    advance(5_000, 50);
    expect(written).toHaveLength(3);
    expect(written.at(-1)).toContain('· 10 ops/s ·');
    progress.stop();
  });

  it('says at once when the phase changes', () => {
    const { written, progress } = recorded({ isTty: false });
    progress.phase('quiesce');
    expect(written).toEqual([expect.stringContaining('quiesce  0:00')]);
    progress.stop();
  });

  it('has no control characters', () => {
    const { written, advance, progress, sample } = recorded({ isTty: false });
    sample.activeFaults = ['pause-leader-1'];
    progress.note('leader is order-2');
    advance(5_000, 1);
    progress.stop();
    expect(written.join('')).not.toMatch(/[\r\u001b]/);
    expect(written.at(-1)).toContain('faults: pause-leader-1');
  });

  it('ends with stop', () => {
    const { written, advance, progress } = recorded({ isTty: false });
    progress.stop();
    progress.stop();
    advance(60_000, 1);
    expect(written).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('progress on a terminal', () => {
  it('is one line redrawn in place and wiped at the end', () => {
    const { written, advance, progress } = recorded({ isTty: true });
    advance(300, 3);
    expect(written).toHaveLength(3);
    expect(written.every((text) => text.startsWith(erase) && !text.includes('\n'))).toBe(true);
    progress.stop();
    expect(written.at(-1)).toBe(erase);
  });

  it('never wraps, whatever is active', () => {
    const { written, advance, progress, sample } = recorded({ isTty: true }, { columns: () => 40 });
    sample.activeFaults = ['pause-leader-1', 'retry-storm-2', 'latency-3'];
    advance(100, 1);
    expect(written.at(-1)?.slice(erase.length)).toHaveLength(39);
    progress.stop();
  });

  it('puts lines that stay above the live one', () => {
    const { written, progress } = recorded({ isTty: true });
    progress.note('leader is order-2');
    expect(written[0]).toBe(`${erase}leader is order-2\n`);
    expect(written[1]).toMatch(/^\r/);
    progress.stop();
    progress.note('done');
    expect(written.at(-1)).toBe('done\n');
  });

  it('has colour only when that is wanted', () => {
    const colourless = recorded({ isTty: true });
    const colourful = recorded({ isTty: true, colour: true });
    for (const { progress, sample } of [colourless, colourful]) {
      sample.activeFaults = ['pause-leader-1'];
      progress.phase('faults');
      progress.stop();
    }
    expect(colourless.written[0]).not.toContain('\u001b[1m');
    expect(colourful.written[0]).toContain('\u001b[1mfaults');
    expect(colourful.written[0]).toContain('\u001b[33m · faults: pause-leader-1');
  });
});

describe('how much is said', () => {
  it('is nothing when quiet', () => {
    const { written, advance, progress } = recorded({ isTty: false }, { quiet: true });
    progress.phase('faults');
    progress.note('x');
    advance(60_000, 1);
    progress.stop();
    expect(written).toEqual([]);
  });

  it('includes details only when verbose', () => {
    const plain = recorded({ isTty: false });
    const verbose = recorded({ isTty: false }, { verbose: true });
    for (const { progress } of [plain, verbose]) {
      progress.detail('election took 40 ms');
      progress.stop();
    }
    expect(plain.written).toEqual([]);
    expect(verbose.written).toEqual(['election took 40 ms\n']);
  });
});
