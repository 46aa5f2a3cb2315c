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
  /** Asked again and again: an interruption ends it. */
  readonly patience: () => Patience;
  /** How long the harness itself stood still so far, nanoseconds. Nothing could get on meanwhile, so that doesn't count as time given. */
  readonly stoodStillNs: () => number;
}

export interface Patience {
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

export async function awaitQuiet({ unrest, now, sleep, patience, stoodStillNs }: QuiesceOptions): Promise<Quiescence> {
  const beganAt = now();
  const stoodBeforeNs = stoodStillNs();
  let stoodNs = stoodBeforeNs;
  let last: string | undefined;
  let changedAt = beganAt;
  for (let waitMs = pollMs.first; ; waitMs = Math.min(pollMs.max, waitMs * 1.5)) {
    const found = await unrest().catch((error: unknown) => `nobody can tell: ${String(error)}`);
    if (found === undefined) return { unchangedForMs: (now() - changedAt) / 1e6 };
    const stoodNowNs = stoodStillNs();
    if (found !== last || stoodNowNs !== stoodNs) changedAt = now();
    last = found;
    stoodNs = stoodNowNs;
    const unchangedForMs = (now() - changedAt) / 1e6;
    const givenMs = (now() - beganAt - (stoodNs - stoodBeforeNs)) / 1e6;
    const { stallMs, limitMs } = patience();
    if (unchangedForMs >= stallMs || givenMs >= limitMs) return { unrest: found, unchangedForMs };
    await sleep(waitMs);
  }
}
