/**
 * What a person sees while a run goes on, all of it on stderr: one live line on a terminal, elsewhere a heartbeat line every few
 * seconds so that a CI log shows life. `--quiet` shows nothing.
 */
import { styleText } from 'node:util';
import type { RunIo } from '../run/io.ts';

/** The run's counters at this moment. */
export interface ProgressSample {
  readonly elapsedMs: number;
  /** Completed operations so far. */
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  readonly activeFaults: readonly string[];
}

export interface ProgressOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** How long the load is to run, shown beside the time elapsed. */
  readonly totalMs?: number;
  /** Asked for whenever something is drawn. */
  readonly sample: () => ProgressSample;
  /** Width of the terminal; a live line must not wrap. */
  readonly columns?: () => number;
}

export interface Progress {
  /** The run entered a phase: deploy, warm-up, faults, … */
  phase(name: string): void;
  /** A line that stays. */
  note(text: string): void;
  /** A line that stays, shown only with `--verbose`. */
  detail(text: string): void;
  /** Wipes the live line and stops the timer. Calling it twice is harmless. */
  stop(): void;
}

const redrawMs = 100;
const heartbeatMs = 5_000;
/** The rate shown is that of the last seconds, not of the whole run. */
const rateWindowMs = 5_000;
const eraseLine = '\r\u001b[2K';

export function createProgress(io: Pick<RunIo, 'stderr' | 'isTty' | 'colour'>, options: ProgressOptions): Progress {
  if (options.quiet) return silent;
  const describe = createDescriber(options, io.colour);
  const columns = options.columns ?? (() => process.stderr.columns ?? 80);
  let phase = 'start';
  let stopped = false;

  const draw = () => io.stderr(`${eraseLine}${describe(phase, columns() - 1)}`);
  const heartbeat = () => io.stderr(`${describe(phase)}\n`);
  const line = (text: string) => {
    io.stderr(`${io.isTty && !stopped ? eraseLine : ''}${text}\n`);
    if (io.isTty && !stopped) draw();
  };
  const timer = io.isTty ? setInterval(draw, redrawMs) : setInterval(heartbeat, heartbeatMs);
  timer.unref();

  return {
    phase: (name) => {
      phase = name;
      if (io.isTty) draw();
      else heartbeat();
    },
    note: line,
    detail: (text) => {
      if (options.verbose) line(text);
    },
    stop: () => {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      if (io.isTty) io.stderr(eraseLine);
    },
  };
}

const silent: Progress = { phase: () => {}, note: () => {}, detail: () => {}, stop: () => {} };

/** Text of a line, at most `width` characters wide where that matters. Remembers earlier samples to know the rate. */
function createDescriber({ sample, totalMs }: ProgressOptions, colour: boolean): (phase: string, width?: number) => string {
  const seen: { readonly elapsedMs: number; readonly completed: number }[] = [{ elapsedMs: 0, completed: 0 }];
  return (phase, width = Number.POSITIVE_INFINITY) => {
    const { elapsedMs, ok, fail, info, activeFaults } = sample();
    const completed = ok + fail + info;
    seen.push({ elapsedMs, completed });
    while (seen.length > 2 && (seen[1]?.elapsedMs ?? 0) <= elapsedMs - rateWindowMs) seen.shift();
    const oldest = seen[0] ?? { elapsedMs: 0, completed: 0 };
    const spanMs = elapsedMs - oldest.elapsedMs;
    const perSecond = spanMs > 0 ? Math.round(((completed - oldest.completed) * 1_000) / spanMs) : 0;
    const clock = totalMs === undefined ? clockOf(elapsedMs) : `${clockOf(elapsedMs)} / ${clockOf(totalMs)}`;
    const plain = [`${phase}  ${clock}`, `${perSecond} ops/s`, `${ok} ok  ${fail} fail  ${info} info`];
    const faults = activeFaults.length === 0 ? '' : ` · faults: ${activeFaults.join(', ')}`;
    const body = plain.join(' · ');
    const fits = body.slice(0, width);
    const rest = faults.slice(0, Math.max(0, width - body.length));
    return colour
      ? `${styleText('bold', fits.slice(0, phase.length), { validateStream: false })}${fits.slice(phase.length)}${paintFaults(rest)}`
      : fits + rest;
  };
}

function paintFaults(text: string): string {
  return text === '' ? '' : styleText('yellow', text, { validateStream: false });
}

/** `75_000` → `1:15`. */
function clockOf(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const clock = `${Math.floor(seconds / 60) % 60}:${String(seconds % 60).padStart(2, '0')}`;
  return seconds < 3_600 ? clock : `${Math.floor(seconds / 3_600)}:${clock.padStart(5, '0')}`;
}
