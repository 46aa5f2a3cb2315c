import { describe, expect, it } from 'vitest';
import { awaitQuiet, type Quiescence } from './quiesce.ts';

/** Runs on a clock that only sleeping moves; `unrestAt` is asked with the seconds that have passed. */
async function quiesce(unrestAt: (seconds: number) => string | undefined): Promise<Quiescence & { readonly tookS: number }> {
  let ns = 0;
  const result = await awaitQuiet({
    unrest: async () => unrestAt(ns / 1e9),
    now: () => ns,
    sleep: async (ms) => {
      ns += ms * 1e6;
    },
    stallMs: 25_000,
    limitMs: 180_000,
  });
  return { ...result, tookS: ns / 1e9 };
}

describe('awaitQuiet', () => {
  it('ends at once when nothing is going on', async () => {
    expect(await quiesce(() => undefined)).toEqual({ unchangedForMs: 0, tookS: 0 });
  });

  it('waits as long as there is progress, however slow', async () => {
    const result = await quiesce((seconds) => (seconds < 90 ? `${9 - Math.floor(seconds / 10)} orders in progress` : undefined));
    expect(result.unrest).toBeUndefined();
    expect(result.tookS).toBeGreaterThanOrEqual(90);
  });

  it('calls what no longer moves stuck, and says for how long it has not', async () => {
    const result = await quiesce((seconds) => (seconds < 10 ? '2 orders in progress' : '1 order in progress'));
    expect(result.unrest).toBe('1 order in progress');
    expect(result.unchangedForMs).toBeGreaterThanOrEqual(25_000);
    expect(result.tookS).toBeLessThan(40);
  });

  it('gives up on a pipeline that moves for ever, and does not call that rest', async () => {
    const result = await quiesce((seconds) => `step ${Math.floor(seconds)}`);
    expect(result.tookS).toBeGreaterThanOrEqual(180);
    expect(result.unchangedForMs).toBeLessThan(25_000);
  });

  it('takes a failure to ask for unrest', async () => {
    let asked = 0;
    const result = await awaitQuiet({
      unrest: () => (asked++ === 0 ? Promise.reject(new Error('no node answered')) : Promise.resolve(undefined)),
      now: () => asked,
      sleep: () => Promise.resolve(),
      stallMs: 25_000,
      limitMs: 180_000,
    });
    expect(asked).toBe(2);
    expect(result.unrest).toBeUndefined();
  });
});
