/** Waiting for conditions under a deadline; what every nemesis does between its steps. */
import type { NemesisContext } from './nemesis.ts';

const pollMs = 25;

/**
 * Asks until `condition` gives something other than `undefined`, and gives that; `undefined` after `timeoutMs` or once `signal` aborts.
 * A condition that throws counts as not met.
 */
export async function waitFor<T>(
  context: Pick<NemesisContext, 'now' | 'sleep'>,
  condition: () => Promise<T | undefined> | T | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<T | undefined> {
  const until = context.now() + timeoutMs * 1e6;
  while (!signal.aborted && context.now() < until) {
    try {
      const met = await condition();
      if (met !== undefined) return met;
    } catch {
      // Nodes may be unreachable for a while: that is what a nemesis is for.
    }
    await context.sleep(pollMs, signal).catch(() => undefined);
  }
  return undefined;
}
