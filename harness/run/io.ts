/** How a run speaks to whoever started it. Results go to `stdout`, progress and logs to `stderr`. */
export interface RunIo {
  /** Writes the text as it is; callers end their own lines. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** stderr is a terminal a live line may be redrawn on (never in CI). */
  readonly isTty: boolean;
  /** Text may carry ANSI colours (`NO_COLOR`, `FORCE_COLOR` and `TERM=dumb` are already considered). */
  readonly colour: boolean;
  /** Aborted on SIGINT and SIGTERM; `signal.reason` is an `Interrupted` (harness/cli/interruption.ts) or the error that brought the harness down. */
  readonly signal: AbortSignal;
  /** Called as soon as the run's directory exists, so that every message about a run that broke off can say where its evidence is. */
  readonly announceRunDirectory: (directory: string) => void;
}
