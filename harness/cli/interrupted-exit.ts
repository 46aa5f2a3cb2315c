import { exitCodes } from '../config/index.ts';
import { Interrupted } from './interruption.ts';

/**
 * The exit status after a run, or several. An interrupted one has no verdict to speak of, unless it left something behind or brought the
 * harness down: that outweighs the interruption.
 */
export function exitCodeAfter(exitCode: number, signal: AbortSignal): number {
  const reason: unknown = signal.reason;
  const outweighs = exitCode === exitCodes.leftovers.code || exitCode === exitCodes.internal.code;
  return reason instanceof Interrupted && !outweighs ? reason.exitCode : exitCode;
}
