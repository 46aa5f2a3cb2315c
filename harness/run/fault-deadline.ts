/** Every fault ends: one that takes far longer than it usually does is told to heal, and one that doesn't even do that is given up. */
import type { FaultRecord } from '../history/index.ts';

export interface FaultLimits {
  /** Until the fault is told to heal, milliseconds. */
  readonly limitMs: number;
  /** From then on, until nobody waits for it any longer. */
  readonly graceMs: number;
}

/** Rejects when the fault was given up; what it still does, it does unheard. */
export async function injectWithin(
  { limitMs, graceMs }: FaultLimits,
  signal: AbortSignal,
  inject: (signal: AbortSignal) => Promise<FaultRecord>,
): Promise<FaultRecord> {
  const own = new AbortController();
  const follow = (): void => own.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  const timers: NodeJS.Timeout[] = [];
  let isLate = false;
  const givenUp = new Promise<never>((_resolve, reject) => {
    const afterGrace = (): void => {
      timers.push(setTimeout(() => reject(new Error(`it did not heal within ${graceMs} ms of being told to, and was given up`)), graceMs));
    };
    own.signal.addEventListener('abort', afterGrace, { once: true });
    if (own.signal.aborted) afterGrace();
    timers.push(
      setTimeout(() => {
        isLate = !own.signal.aborted;
        own.abort(new Error(`the fault did not end within ${limitMs} ms`));
      }, limitMs),
    );
  });
  try {
    const record = await Promise.race([inject(own.signal), givenUp]);
    if (!isLate) return record;
    const proof = { claim: 'the fault ended in time', holds: false, detail: `it had to be stopped after ${limitMs} ms` };
    return { ...record, proofs: [...record.proofs, proof] };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', follow);
  }
}
