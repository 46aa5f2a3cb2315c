/**
 * An exception that nobody caught. While there are nodes to stop, the run is told to heal, for so long and no longer; whatever else breaks
 * meanwhile is said, and doesn't cut the healing short: what is left paused or cut off would stay so.
 */
interface CrashSource {
  on(event: 'uncaughtException', listener: (error: Error) => void): unknown;
  off(event: 'uncaughtException', listener: (error: Error) => void): unknown;
}

export interface CrashOptions {
  readonly source: CrashSource;
  /** Prints the error; gives the exit status it deserves. */
  readonly explain: (error: Error) => number;
  readonly ownsNodes: () => boolean;
  /** Tells the run to heal and end. Called once. */
  readonly heal: (error: Error) => void;
  readonly healDeadlineMs: number;
  readonly onHealingTooSlow: () => void;
  readonly exit: (exitCode: number) => void;
}

export interface CrashWatch {
  readonly crashed: () => boolean;
  stop(): void;
}

export function watchForCrashes(options: CrashOptions): CrashWatch {
  let deadline: NodeJS.Timeout | undefined;
  const receive = (error: Error): void => {
    const exitCode = options.explain(error);
    if (!options.ownsNodes()) {
      options.exit(exitCode);
      return;
    }
    if (deadline !== undefined) return;
    deadline = setTimeout(() => {
      options.onHealingTooSlow();
      options.exit(exitCode);
    }, options.healDeadlineMs);
    deadline.unref();
    options.heal(error);
  };
  options.source.on('uncaughtException', receive);
  return {
    crashed: () => deadline !== undefined,
    stop: () => {
      clearTimeout(deadline);
      options.source.off('uncaughtException', receive);
    },
  };
}
