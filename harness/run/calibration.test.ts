import { describe, expect, it } from 'vitest';
import { resolveForTest } from '../config/test-support.ts';
import { calibrateLoad } from './calibration.ts';
import type { Deployment } from './deployment.ts';
import type { Stage } from './stage.ts';

/** Time that passes only when everybody waits for it. */
function createTime() {
  let nowMs = 0;
  const timers: { readonly atMs: number; readonly wake: () => void }[] = [];
  const sleep = (ms: number): Promise<void> => new Promise((wake) => timers.push({ atMs: nowMs + ms, wake }));
  return {
    now: () => nowMs * 1e6,
    sleep,
    async until<T>(promise: Promise<T>): Promise<T> {
      let over = false;
      void promise.then(
        () => (over = true),
        () => (over = true),
      );
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = over ? undefined : timers.sort((a, b) => b.atMs - a.atMs).pop();
        if (next === undefined) return promise;
        nowMs = next.atMs;
        next.wake();
      }
    },
  };
}

const deployment = {
  nodes: [
    { name: 'payment-1', role: 'payment' },
    { name: 'payment-2', role: 'payment' },
    { name: 'order-1', role: 'order' },
  ],
  addresses: new Map(['payment-1', 'payment-2', 'order-1'].map((name) => [name, `http://${name}`])),
} as unknown as Deployment;

interface Setting {
  readonly workMs?: number;
  readonly fails?: boolean;
  readonly nemesis?: string;
  readonly rate?: string;
  readonly callsPerOperation?: Readonly<Record<string, number>>;
}

/** Each node does one piece of work at a time. */
async function calibrate({ workMs = 50, fails = false, nemesis = 'storm', rate, callsPerOperation = { payment: 0.5 } }: Setting = {}) {
  const time = createTime();
  const queues = new Map<string, Promise<unknown>>();
  const payment = (url: string): Promise<boolean> => {
    const turn = (queues.get(url) ?? Promise.resolve()).then(() => time.sleep(workMs));
    queues.set(url, turn);
    return turn.then(() => !fails);
  };
  const notes: string[] = [];
  const config = resolveForTest({ flags: rate === undefined ? {} : { rate } });
  const stage = {
    config: { ...config, nemeses: [{ name: nemesis, options: {} }] },
    nemeses: new Map([['storm', { needs: { calibration: { role: 'payment', offeredShare: 0.5 } } }]]),
    target: { work: { payment } },
    workload: { callsPerOperation, defaults: { ratePerSecond: 30 } },
    observer: { phase: () => undefined, note: (text: string) => notes.push(text) },
    clock: time,
    signal: new AbortController().signal,
  } as unknown as Stage;
  return { calibrated: await time.until(calibrateLoad(stage, deployment)), notes };
}

describe('calibration', () => {
  it('measures what all nodes of the role carry out when there is always more to do, and sizes the load by it', async () => {
    const { calibrated, notes } = await calibrate();
    expect(calibrated?.calibration).toMatchObject({ role: 'payment', offeredPerSecond: 20 });
    expect(calibrated?.calibration.capacityPerSecond).toBeCloseTo(40, 0);
    expect(calibrated?.ratePerSecond).toBeCloseTo(40, 0);
    expect(notes.join()).toMatch(/payment can carry out 40\.\d calls\/s; load: 40\.\d operations\/s/);
  });

  it('leaves a rate that was given alone, and says what it makes of it', async () => {
    const { calibrated } = await calibrate({ rate: '10' });
    expect(calibrated).toMatchObject({ ratePerSecond: 10, calibration: { offeredPerSecond: 5 } });
  });

  it('counts only work that was done', async () => {
    await expect(calibrate({ fails: true })).rejects.toThrow('payment carried out none of the calls');
  });

  it('does not guess what a workload asks of a role', async () => {
    const { calibrated } = await calibrate({ callsPerOperation: {} });
    expect(calibrated?.ratePerSecond).toBe(30);
    expect(calibrated?.calibration).not.toHaveProperty('offeredPerSecond');
  });

  it('is left out where no fault needs it', async () => {
    expect((await calibrate({ nemesis: 'pause-leader' })).calibrated).toBeUndefined();
  });
});
