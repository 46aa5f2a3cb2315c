import { describe, expect, it } from 'vitest';
import { awaitQuiet, type Quiescence } from './quiesce.ts';

/** Runs on a clock that only sleeping moves; `unrestAt` is asked with the seconds that have passed. */
async function quiesce(
  unrestAt: (seconds: number) => string | undefined,
  {
    standstills = [],
    interruptedAtS = Number.POSITIVE_INFINITY,
  }: { standstills?: readonly { readonly atS: number; readonly forS: number }[]; interruptedAtS?: number } = {},
): Promise<Quiescence & { readonly tookS: number }> {
  let ns = 0;
  const result = await awaitQuiet({
    unrest: async () => unrestAt(ns / 1e9),
    now: () => ns,
    sleep: async (ms) => {
      ns += ms * 1e6;
      const standstill = standstills.find(({ atS }) => ns >= atS * 1e9 && ns - ms * 1e6 < atS * 1e9);
      if (standstill !== undefined) ns = Math.max(ns, (standstill.atS + standstill.forS) * 1e9);
    },
    patience: () => (ns >= interruptedAtS * 1e9 ? { stallMs: 3000, limitMs: 5000 } : { stallMs: 25_000, limitMs: 180_000 }),
    stoodStillNs: () => standstills.reduce((sum, { atS, forS }) => (ns >= (atS + forS) * 1e9 ? sum + forS * 1e9 : sum), 0),
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
      patience: () => ({ stallMs: 25_000, limitMs: 180_000 }),
      stoodStillNs: () => 0,
    });
    expect(asked).toBe(2);
    expect(result.unrest).toBeUndefined();
  });

  it('does not hold time against the pipeline in which the harness, and the proxies with it, stood still', async () => {
    // The pipeline would have been done 2 s after the harness went on.
    const result = await quiesce((seconds) => (seconds < 63 ? '1 order in progress' : undefined), { standstills: [{ atS: 1, forS: 60 }] });
    expect(result.unrest).toBeUndefined();
    const stuck = await quiesce(() => '1 order in progress', { standstills: [{ atS: 1, forS: 60 }] });
    expect(stuck.unrest).toBe('1 order in progress');
    expect(stuck.tookS).toBeGreaterThanOrEqual(86);
  });

  it('does not take a standstill for time that the pipeline was given', async () => {
    const result = await quiesce((seconds) => (seconds < 320 ? `step ${Math.floor(seconds)}` : undefined), {
      standstills: [{ atS: 10, forS: 200 }],
    });
    expect(result.unrest).toBeUndefined();
  });

  it('ends soon after an interruption, however long it would have waited', async () => {
    const result = await quiesce((seconds) => `step ${Math.floor(seconds)}`, { interruptedAtS: 20 });
    expect(result.tookS).toBeLessThan(23);
    expect(result.unchangedForMs).toBeLessThan(3000);
  });

  it('does not take a pipeline for unchanged of which nobody could tell', async () => {
    const result = await quiesce((seconds) => {
      if (seconds < 2) return '9 orders in progress';
      throw new Error('no node answered');
    });
    expect(result.unrest).toBe('nobody can tell: no node answered');
    expect(result.tookS).toBeGreaterThanOrEqual(25);
    expect(result.unchangedForMs).toBeLessThan(2000);
  });

  it('knows that nothing moved between two equal answers, whether or not some between were lost', async () => {
    const result = await quiesce((seconds) => {
      if (seconds > 3 && seconds < 20) throw new Error('no node answered');
      return '1 order in progress';
    });
    expect(result.unchangedForMs).toBeGreaterThanOrEqual(40_000);
  });
});
