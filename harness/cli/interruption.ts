/**
 * SIGINT and SIGTERM. The first aborts the run's signal: the run heals, collects, reports, and leaves with 130 or 143.
 * A second one leaves at once. `npx` passes on a Ctrl-C that the terminal has already sent to the whole process group, so
 * two signals in quick succession are one wish.
 */
import { exitCodes } from '../config/index.ts';

export type InterruptingSignal = 'SIGINT' | 'SIGTERM';

const echoMs = 500;

/** Why a run's signal was aborted, when a person or a CI system did it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signalName: InterruptingSignal;

  constructor(signalName: InterruptingSignal) {
    super(`interrupted by ${signalName}`);
    this.signalName = signalName;
  }

  get exitCode(): number {
    return this.signalName === 'SIGINT' ? exitCodes.interrupted.code : exitCodes.terminated.code;
  }
}

interface SignalSource {
  on(event: InterruptingSignal, listener: () => void): unknown;
  off(event: InterruptingSignal, listener: () => void): unknown;
}

export interface InterruptionOptions {
  readonly source: SignalSource;
  readonly nowMs: () => number;
  readonly onFirst: (interrupted: Interrupted) => void;
  readonly onSecond: (interrupted: Interrupted) => void;
}

export interface Interruption {
  readonly signal: AbortSignal;
  /** Aborts for another reason than a signal, unless it was aborted already. */
  abort(reason: Error): void;
  stop(): void;
}

export function watchForInterruption({ source, nowMs, onFirst, onSecond }: InterruptionOptions): Interruption {
  const controller = new AbortController();
  let firstAtMs: number | undefined;

  const receive = (signalName: InterruptingSignal) => () => {
    const interrupted = new Interrupted(signalName);
    if (firstAtMs === undefined) {
      firstAtMs = nowMs();
      onFirst(interrupted);
      controller.abort(interrupted);
    } else if (nowMs() - firstAtMs >= echoMs) {
      onSecond(interrupted);
    }
  };
  const listeners = { SIGINT: receive('SIGINT'), SIGTERM: receive('SIGTERM') } as const;
  source.on('SIGINT', listeners.SIGINT);
  source.on('SIGTERM', listeners.SIGTERM);

  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    stop: () => {
      source.off('SIGINT', listeners.SIGINT);
      source.off('SIGTERM', listeners.SIGTERM);
    },
  };
}
