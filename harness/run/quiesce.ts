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
  /** How long it is known to have been unchanged. */
  readonly unchangedForMs: number;
}

const pollMs = { first: 200, max: 2000 };

export async function awaitQuiet({ unrest, now, sleep, patience, stoodStillNs }: QuiesceOptions): Promise<Quiescence> {
  const beganAt = now();
  const stoodBeforeNs = stoodStillNs();
  let stoodNs = stoodBeforeNs;
  let changedAt = beganAt;
  let last: string | undefined;
  // Between two equal answers nothing moved. While nobody can tell, nobody can tell that either.
  let known: { readonly figures: string; readonly since: number; readonly until: number } | undefined;
  const unchangedForMs = (): number => (known === undefined ? 0 : (known.until - known.since) / 1e6);
  for (let waitMs = pollMs.first; ; waitMs = Math.min(pollMs.max, waitMs * 1.5)) {
    const { figures, failure } = await ask(unrest);
    if (figures === undefined && failure === undefined) return { unchangedForMs: unchangedForMs() };
    const found = figures ?? `nobody can tell: ${failure ?? ''}`;
    const stoodNowNs = stoodStillNs();
    const at = now();
    if (stoodNowNs !== stoodNs) known = undefined;
    if (found !== last || stoodNowNs !== stoodNs) changedAt = at;
    if (figures !== undefined) known = { figures, since: known?.figures === figures ? known.since : at, until: at };
    last = found;
    stoodNs = stoodNowNs;
    const givenMs = (at - beganAt - (stoodNs - stoodBeforeNs)) / 1e6;
    const { stallMs, limitMs } = patience();
    if ((at - changedAt) / 1e6 >= stallMs || givenMs >= limitMs) return { unrest: found, unchangedForMs: unchangedForMs() };
    await sleep(waitMs);
  }
}

async function ask(unrest: QuiesceOptions['unrest']): Promise<{ readonly figures?: string | undefined; readonly failure?: string }> {
  try {
    return { figures: await unrest() };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
