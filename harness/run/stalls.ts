/**
 * Notices when the harness itself stood still: stopped by a terminal, swapped out, starved. The proxies stand still with it, and every call
 * of the pipeline goes through them, so a pipeline that did nothing meanwhile has not failed to.
 */
export interface Stalls {
  /** Nanoseconds that this process stood still so far, up to this moment. */
  totalNs(): number;
  stop(): void;
}

const beatMs = 100;
/** Shorter gaps are the everyday life of a busy machine. */
const stallMs = 1000;

export function watchStalls(now: () => number): Stalls {
  let lastBeatAt = now();
  let total = 0;
  const beat = (): void => {
    const at = now();
    const gapNs = at - lastBeatAt - beatMs * 1e6;
    if (gapNs >= stallMs * 1e6) total += gapNs;
    lastBeatAt = at;
  };
  const timer = setInterval(beat, beatMs);
  timer.unref();
  return {
    totalNs() {
      // Whoever asks may have woken before the timer did.
      beat();
      return total;
    },
    stop: () => clearInterval(timer),
  };
}
