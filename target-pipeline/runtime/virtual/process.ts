/**
 * The life of a virtual node: running, stopped (as by SIGSTOP: what becomes due waits and then comes all at once), or crashed (what it had
 * planned never happens, and a process with the same name and disk begins).
 */
import type { Timeline } from './timeline.ts';

/** What a dead process waits for. */
export const never = new Promise<never>(() => undefined);

export class VirtualProcess {
  readonly name: string;
  /** Which of its lives this is; code that still runs for an earlier one is dead and must have no effect. */
  life = 0;
  private readonly timeline: Timeline;
  private stopped = false;
  private waiting: (() => void | Promise<void>)[] = [];
  private readonly onDeath = new Set<() => void>();

  constructor(name: string, timeline: Timeline) {
    this.name = name;
    this.timeline = timeline;
  }

  /** Plans `fn` for the present life: not before it is due, not while stopped, not after a crash. */
  plan(delayMs: number, fn: () => void): () => void {
    const plannedIn = this.life;
    let cancelled = false;
    const cancel = this.timeline.plan(delayMs, () => {
      this.deliver(() => {
        if (!cancelled && this.life === plannedIn) fn();
      });
    });
    return () => {
      cancelled = true;
      cancel();
    };
  }

  /** Does `fn` now, or when the process goes on. */
  deliver(fn: () => void | Promise<void>): void {
    if (this.stopped) this.waiting.push(fn);
    else void fn();
  }

  /** Runs `fn` when this life ends by a crash; the function returned forgets it. */
  uponDeath(fn: () => void): () => void {
    this.onDeath.add(fn);
    return () => this.onDeath.delete(fn);
  }

  stop(): void {
    this.stopped = true;
  }

  goOn(): void {
    this.stopped = false;
    const { waiting } = this;
    this.waiting = [];
    for (const fn of waiting) this.timeline.plan(0, () => this.deliver(fn));
  }

  crash(): void {
    this.life += 1;
    this.stopped = false;
    this.waiting = [];
    const dying = [...this.onDeath];
    this.onDeath.clear();
    for (const fn of dying) fn();
  }
}
