/**
 * A node's process group, which may outlive its first process; and the one path by which groups are brought down.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessTable, ProcessView } from './process-table.ts';

export interface GroupIdentity {
  /** Of the group's first process; also the group's id. */
  readonly pid: number;
  readonly startTime: string;
  readonly runId: string;
}

export class ProcessGroup {
  readonly #table: ProcessTable;
  readonly #identity: GroupIdentity;

  constructor(table: ProcessTable, identity: GroupIdentity) {
    this.#table = table;
    this.#identity = identity;
  }

  /** The first process, as long as it lives and is still the same one. */
  leader(): ProcessView | undefined {
    const { pid, startTime } = this.#identity;
    const view = this.#table.view(pid);
    return view?.startTime === startTime && view.state !== 'dead' ? view : undefined;
  }

  /** Whoever of the group lives. Once its first process is gone, its id may be somebody else's: then only bearers of the run id count. */
  members(): readonly ProcessView[] {
    const { pid, runId } = this.#identity;
    if (!this.#mayExist()) return [];
    const leaderLives = this.leader() !== undefined;
    return this.#table.all().filter((view) => view.group === pid && view.state !== 'dead' && (leaderLives || view.belongsTo(runId)));
  }

  isGone(): boolean {
    return this.leader() === undefined && this.members().length === 0;
  }

  /** To every member at once. Never to a group that isn't ours: a living member, known to be ours, keeps the group's id from being reused. */
  signal(signal: NodeJS.Signals): void {
    if (this.isGone()) return;
    try {
      process.kill(-this.#identity.pid, signal);
    } catch (error) {
      // It went between the look and the signal, which is what a signal to it would have found.
      if (!isNoSuchProcess(error)) throw error;
    }
  }

  /** The cheap question first: a group that the kernel doesn't know needs no search. */
  #mayExist(): boolean {
    try {
      process.kill(-this.#identity.pid, 0);
      return true;
    } catch (error) {
      return !isNoSuchProcess(error);
    }
  }
}

/** What a process that was killed may still take to disappear (it can be deep in the kernel, writing a core or waiting for a disk). */
const disappearMs = 5_000;
const pollMs = 10;

/**
 * SIGTERM, grace, SIGKILL: every orderly end of a node takes this path. Resolves with whether the group is gone.
 * A stopped process doesn't notice SIGTERM, so it is continued, with the signal already waiting for it: it has no moment to go on as it was.
 */
export async function terminate(group: ProcessGroup, graceMs: number): Promise<boolean> {
  group.signal('SIGTERM');
  group.signal('SIGCONT');
  if (await becomes(() => group.isGone(), graceMs)) return true;
  return kill(group);
}

/** SIGKILL, which reaches a stopped process as well. Resolves with whether the group is gone. */
export function kill(group: ProcessGroup): Promise<boolean> {
  group.signal('SIGKILL');
  return becomes(() => group.isGone(), disappearMs);
}

/** Looks until the condition holds or the time is over. */
export async function becomes(condition: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() >= deadline) return false;
    await delay(pollMs);
  }
  return true;
}

function isNoSuchProcess(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH';
}
