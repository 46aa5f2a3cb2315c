/** One virtual node: the runtime its services get, and what a test may do to it. */
import type { Disk, Logger, Metrics, Random, Runtime, Timers } from '../port.ts';
import { createMetrics } from '../real/metrics.ts';
import { sleepOn } from '../sleep.ts';
import { type UnsyncedTail, VirtualDisk } from './disk.ts';
import type { VirtualNetwork } from './network.ts';
import { never, VirtualProcess } from './process.ts';
import type { Timeline } from './timeline.ts';

export interface VirtualNode {
  readonly name: string;
  /** Of the present life: take it again after a crash. */
  readonly runtime: Runtime;
  readonly disk: VirtualDisk;
  /** As by SIGSTOP: nothing of the node happens until `resume`, while time and its monotonic clock go on. */
  pause(): void;
  resume(): void;
  /** Ends this life at once: promises of it never settle, its listeners are gone, callers lose their connections. Then start it anew. */
  crash(unsyncedTail?: UnsyncedTail): void;
  /** Steps the wall clock. */
  stepWallClock(ms: number): void;
  /** How fast its clocks run from now on; 1 is true time. */
  setClockRate(rate: number): void;
}

interface NodeParts {
  readonly name: string;
  readonly timeline: Timeline;
  readonly network: VirtualNetwork;
  readonly logOf: (process: VirtualProcess) => Logger;
  readonly random: Random;
  readonly startWallMs: number;
}

export function createNode({ name, timeline, network, logOf, random, startWallMs }: NodeParts): VirtualNode {
  const process = new VirtualProcess(name, timeline);
  const disk = new VirtualDisk(process, random);
  network.attach(process, () => logOf(process));
  /** The node's clock reads `clockMs` at true time `sinceMs` and goes at `rate`. */
  let clock = { sinceMs: timeline.nowMs, clockMs: 0, rate: 1 };
  let wallOffsetMs = startWallMs + timeline.nowMs;
  const monotonicMs = (): number => clock.clockMs + (timeline.nowMs - clock.sinceMs) * clock.rate;

  const birth = (): Runtime => {
    const life = process.life;
    const isAlive = (): boolean => process.life === life;
    const log = logOf(process);
    const mounted: Disk = disk.mount();
    const metrics: Metrics = createMetrics();
    return {
      clock: { monotonicMs, wallMs: () => Math.floor(wallOffsetMs + monotonicMs()) },
      timers: timersOf(process, isAlive, monotonicMs, () => clock.rate),
      random,
      transport: {
        listen: async (options) => (isAlive() ? network.listen(process, options) : never),
        request: (request) => (isAlive() ? network.request(process, request) : never),
        close: async () => undefined,
      },
      disk: mounted,
      log,
      metrics,
    };
  };

  let runtime = birth();
  return {
    name,
    get runtime() {
      return runtime;
    },
    disk,
    pause: () => process.stop(),
    resume: () => process.goOn(),
    crash: (unsyncedTail) => {
      process.crash();
      disk.crash(unsyncedTail);
      runtime = birth();
    },
    stepWallClock: (ms) => {
      wallOffsetMs += ms;
    },
    setClockRate: (rate) => {
      clock = { sinceMs: timeline.nowMs, clockMs: monotonicMs(), rate };
    },
  };
}

/** Dividing by the rate may end a hair before the due time; this much more is enough to get past it. */
const roundingMs = 0.001;

/** Never early by the node's own clock, whatever becomes of its rate in the meantime. */
function timersOf(process: VirtualProcess, isAlive: () => boolean, monotonicMs: () => number, rate: () => number): Timers {
  const after = (ms: number, fn: () => void): (() => void) => {
    if (Number.isNaN(ms)) throw new RangeError('after: expected a number of milliseconds, got NaN');
    if (!isAlive()) return () => undefined;
    const dueMs = monotonicMs() + ms;
    let cancel: () => void;
    const arm = (leastMs: number): void => {
      cancel = process.plan(Math.max((dueMs - monotonicMs()) / rate(), leastMs), () => (monotonicMs() < dueMs ? arm(roundingMs) : fn()));
    };
    arm(0);
    return () => cancel();
  };
  return { after, sleep: sleepOn(after) };
}
