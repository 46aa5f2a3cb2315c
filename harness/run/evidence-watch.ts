/**
 * Evidence is written from callbacks of sockets and timers, where an exception would bring down the harness and leave its nodes running. So
 * the first failure to write stops the run instead, in the same orderly way as an interruption does, and fails it once all is torn down.
 */
export interface EvidenceWatch {
  /** Aborted when the run is interrupted, and when evidence was lost. */
  readonly signal: AbortSignal;
  /** Writes; never throws. */
  keep(write: () => void): void;
  /** For what else makes evidence worthless from now on: the nodes are out of reach. */
  lose(error: unknown): void;
  throwIfLost(): void;
  stop(): void;
}

export function watchEvidence(interruption: AbortSignal): EvidenceWatch {
  const controller = new AbortController();
  const follow = (): void => controller.abort(interruption.reason);
  if (interruption.aborted) follow();
  interruption.addEventListener('abort', follow, { once: true });
  let lost: { readonly error: unknown } | undefined;
  const lose = (error: unknown): void => {
    lost ??= { error };
    controller.abort(error);
  };
  return {
    signal: controller.signal,
    keep(write) {
      try {
        write();
      } catch (error) {
        lose(error);
      }
    },
    lose,
    throwIfLost() {
      if (lost !== undefined) throw lost.error;
    },
    stop: () => interruption.removeEventListener('abort', follow),
  };
}
