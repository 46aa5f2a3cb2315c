/**
 * Work under a deadline. `AbortSignal.any([signal, AbortSignal.timeout(ms)])` would be shorter, but Node 20 may collect the timeout signal
 * before it fires, and then a call to a paused process never ends.
 */

/** Runs `work` with a signal that aborts when `signal` does or after `timeoutMs`. The timer is gone when `work` has settled. */
export async function withDeadline<T>(signal: AbortSignal, timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException(`no answer within ${Math.round(timeoutMs)} ms`, 'TimeoutError')),
    timeoutMs,
  );
  const follow = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', follow, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', follow);
  }
}

/** For work that takes no signal: rejects after `timeoutMs`, whatever becomes of it. */
export function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  return withDeadline(
    new AbortController().signal,
    timeoutMs,
    (signal) =>
      new Promise<T>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        work.then(resolve, reject);
      }),
  );
}
