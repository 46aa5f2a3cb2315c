/** What a person sees while a long check goes on, on stderr: a live line on a terminal, elsewhere a line every few seconds. Short checks stay silent. */
import { formatCount } from '../../../reports/index.ts';
import type { RunIo } from '../../run/io.ts';

export interface CheckProgress {
  reading(characters: number): void;
  checking(operations: number): void;
  explaining(): void;
  stop(): void;
}

export interface CheckProgressOptions {
  readonly quiet: boolean;
  readonly timeLimitMs: number;
  readonly now?: () => number;
}

const redrawMs = 200;
const heartbeatMs = 5_000;
/** A check that is over by then needs no progress. */
const silentMs = 1_000;
const eraseLine = '\r\u001b[2K';

export function startProgress(
  io: Pick<RunIo, 'stderr' | 'isTty'>,
  { quiet, timeLimitMs, now = () => performance.now() }: CheckProgressOptions,
): CheckProgress {
  const startedAt = now();
  let describe = (): string => 'reading';
  let drawn = false;
  const draw = (): void => {
    if (now() - startedAt < silentMs) return;
    drawn = true;
    io.stderr(io.isTty ? `${eraseLine}${describe()}` : `${describe()}\n`);
  };
  const timer = quiet ? undefined : setInterval(draw, io.isTty ? redrawMs : heartbeatMs);
  timer?.unref();
  const megabytes = (): string => `${formatCount(process.memoryUsage.rss() / 1e6)} MB in use`;
  return {
    reading: (characters) => {
      describe = () => `reading  ${formatCount(characters / 1e6)} MB so far · ${megabytes()}`;
    },
    checking: (operations) => {
      const since = now();
      describe = () =>
        `checking ${formatCount(operations)} lines · ${seconds(now() - since)} of at most ${seconds(timeLimitMs)} · ${megabytes()}`;
    },
    explaining: () => {
      describe = () => `invalid; working out what would have been possible · ${megabytes()}`;
    },
    stop: () => {
      clearInterval(timer);
      if (drawn && io.isTty) io.stderr(eraseLine);
      drawn = false;
    },
  };
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`;
}
