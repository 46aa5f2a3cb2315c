/** What a node's clock showed, and when by the harness's own: a reading is somewhere between asking and answer. */
import type { NemesisContext } from './nemesis.ts';
import type { NodeFaultSwitch } from './node-faults.ts';

export interface ClockReading {
  readonly wallMs: number;
  readonly monotonicMs: number;
  /** By the harness's clock, milliseconds. */
  readonly askedMs: number;
  readonly answeredMs: number;
}

export interface Drift {
  /** How much more than the harness's own the clock went on from one reading to the other. */
  readonly ms: number;
  /** The error is at most this. */
  readonly withinMs: number;
  /** Between the two readings by the harness's clock, to within the same. */
  readonly elapsedMs: number;
}

/** Wall clocks are read in whole milliseconds, twice; and the machine's own may be slewed a little. */
const readingErrorMs = 5;

export async function readClock(
  node: string,
  faults: NodeFaultSwitch,
  context: Pick<NemesisContext, 'now'>,
): Promise<ClockReading | undefined> {
  const { signal } = new AbortController();
  const askedMs = context.now() / 1e6;
  const state = await faults.state(node, signal).catch(() => undefined);
  return state === undefined ? undefined : { ...state.clock, askedMs, answeredMs: context.now() / 1e6 };
}

export function drift(from: ClockReading | undefined, to: ClockReading | undefined, clock: 'wallMs' | 'monotonicMs'): Drift | undefined {
  if (from === undefined || to === undefined) return undefined;
  const leastMs = to.askedMs - from.answeredMs;
  const mostMs = to.answeredMs - from.askedMs;
  const elapsedMs = (leastMs + mostMs) / 2;
  return { ms: to[clock] - from[clock] - elapsedMs, withinMs: (mostMs - leastMs) / 2 + readingErrorMs, elapsedMs };
}
