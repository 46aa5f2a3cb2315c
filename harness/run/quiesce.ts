/**
 * Waits until the pipeline is quiet: nothing unfinished, or nothing that moves any more. A machine may be slow, so what counts is progress:
 * as long as there is some, the pipeline is given more time. What is still unfinished after it stopped moving is stuck.
 */
export interface QuiesceOptions {
  /** What is still going on, in figures that change as it goes on; `undefined` once nothing is. Rejects when nobody can tell. */
  readonly unrest: () => Promise<string | undefined>;
  /** Nanoseconds, monotonic. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Without progress for this long, there will be none. */
  readonly stallMs: number;
  /** Not longer than this altogether. */
  readonly limitMs: number;
}

export interface Quiescence {
  /** What was still unfinished at the end; absent when the pipeline is quiet. */
  readonly unrest?: string;
  /** How long it had been unchanged. */
  readonly unchangedForMs: number;
}

const pollMs = { first: 200, max: 2000 };

export async function awaitQuiet({ unrest, now, sleep, stallMs, limitMs }: QuiesceOptions): Promise<Quiescence> {
  const beganAt = now();
  let last: string | undefined;
  let changedAt = beganAt;
  for (let waitMs = pollMs.first; ; waitMs = Math.min(pollMs.max, waitMs * 1.5)) {
    const found = await unrest().catch((error: unknown) => `nobody can tell: ${String(error)}`);
    if (found === undefined) return { unchangedForMs: (now() - changedAt) / 1e6 };
    if (found !== last) changedAt = now();
    last = found;
    const unchangedForMs = (now() - changedAt) / 1e6;
    if (unchangedForMs >= stallMs || (now() - beganAt) / 1e6 >= limitMs) return { unrest: found, unchangedForMs };
    await sleep(waitMs);
  }
}
