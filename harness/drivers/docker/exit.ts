/** How a container's process ended, in the words every driver uses: the exit code or the signal's name. */
import { constants } from 'node:os';

/** What `inspect` says of a container. */
export interface ContainerState {
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
}

const signalBase = 128;

export function describeExit({ ExitCode, OOMKilled }: ContainerState, memoryMb: number | undefined): string {
  const signal = Object.entries(constants.signals).find(([, number]) => ExitCode === signalBase + number)?.[0];
  const exit = signal ?? String(ExitCode);
  return OOMKilled ? `${exit}, out of memory${memoryMb === undefined ? '' : `: its limit is ${memoryMb} MB`}` : exit;
}
