/**
 * A circuit breaker (Nygard, "Release It!", 2007): when most calls to a service fail it stops calling, and after a while tries with a few
 * probes whether the service is back.
 *
 *     closed ──failure rate reached──► open ──openMs──► half-open ──every probe succeeds──► closed
 *                                        ▲                  │
 *                                        └──a probe fails───┘
 */
import type { Clock } from '../runtime/index.ts';

export interface CircuitBreakerOptions {
  /** Calls that ended within this count. */
  readonly windowMs: number;
  /** Fewer calls than this in the window say nothing. */
  readonly callsMin: number;
  /** The share of failures, 0 to 1, from which it opens. */
  readonly failureShare: number;
  readonly openMs: number;
  /** How many calls go through half-open, and must succeed. */
  readonly probes: number;
}

export type BreakerState = 'closed' | 'half-open' | 'open';

/** The value of the metric `breaker_state`. */
export const breakerStateNumber: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** `neither`: nothing was learned of the service, for example because the caller gave up. */
export type CallEnding = 'success' | 'failure' | 'neither';

export interface CircuitBreaker {
  /** Permission for one call, to be ended exactly once; `undefined` when the call must not be made. */
  tryCall(): ((ending: CallEnding) => void) | undefined;
  state(): BreakerState;
}

type Phase =
  | { readonly state: 'closed'; endings: { readonly atMs: number; readonly failed: boolean }[]; failures: number }
  | { readonly state: 'open'; readonly untilMs: number }
  | { readonly state: 'half-open'; inProgress: number; successes: number };

export function createCircuitBreaker(
  options: CircuitBreakerOptions,
  clock: Clock,
  onChange: (from: BreakerState, to: BreakerState) => void,
): CircuitBreaker {
  const { windowMs, callsMin, failureShare, openMs, probes } = options;
  let phase: Phase = { state: 'closed', endings: [], failures: 0 };

  const enter = (next: Phase): void => {
    const from = phase.state;
    phase = next;
    onChange(from, next.state);
  };
  const open = (): void => enter({ state: 'open', untilMs: clock.monotonicMs() + openMs });

  function end(startedIn: Phase, ending: CallEnding): void {
    // A call that began before the last change says nothing of how things are now.
    if (phase !== startedIn) return;
    switch (phase.state) {
      case 'closed': {
        if (ending === 'neither') return;
        const nowMs = clock.monotonicMs();
        phase.endings.push({ atMs: nowMs, failed: ending === 'failure' });
        if (ending === 'failure') phase.failures += 1;
        forgetBefore(nowMs - windowMs, phase);
        if (phase.endings.length >= callsMin && phase.failures >= failureShare * phase.endings.length) open();
        return;
      }
      case 'half-open':
        phase.inProgress -= 1;
        if (ending === 'failure') open();
        else if (ending === 'success') {
          phase.successes += 1;
          if (phase.successes >= probes) enter({ state: 'closed', endings: [], failures: 0 });
        }
        return;
      case 'open':
        return;
    }
  }

  return {
    tryCall: () => {
      if (phase.state === 'open') {
        if (clock.monotonicMs() < phase.untilMs) return undefined;
        enter({ state: 'half-open', inProgress: 0, successes: 0 });
      }
      if (phase.state === 'half-open') {
        if (phase.inProgress + phase.successes >= probes) return undefined;
        phase.inProgress += 1;
      }
      const startedIn = phase;
      let ended = false;
      return (ending) => {
        if (ended) return;
        ended = true;
        end(startedIn, ending);
      };
    },
    state: () => phase.state,
  };
}

function forgetBefore(atMs: number, phase: Extract<Phase, { state: 'closed' }>): void {
  let kept = 0;
  for (const ending of phase.endings) {
    if (ending.atMs > atMs) break;
    if (ending.failed) phase.failures -= 1;
    kept += 1;
  }
  if (kept > 0) phase.endings.splice(0, kept);
}
