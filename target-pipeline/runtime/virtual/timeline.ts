/**
 * The one queue of things that will happen, ordered by virtual time and then by when they were planned. Between two of them every promise
 * that can go on does, so a run is the same each time.
 */
import { setImmediate as nextMacrotask } from 'node:timers/promises';

interface Planned {
  readonly dueMs: number;
  readonly order: number;
  readonly fn: () => void;
  cancelled: boolean;
}

export class Timeline {
  nowMs = 0;
  private readonly heap: Planned[] = [];
  private planned = 0;

  /** Plans `fn` for `delayMs` from now; the function returned cancels it. */
  plan(delayMs: number, fn: () => void): () => void {
    const item: Planned = { dueMs: this.nowMs + Math.max(delayMs, 0), order: this.planned++, fn, cancelled: false };
    this.push(item);
    return () => {
      item.cancelled = true;
    };
  }

  /** Lets every promise that is able to go on do so. Nothing here does real I/O, so microtasks are all there is. */
  async settle(): Promise<void> {
    await nextMacrotask();
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await this.settle();
    while (await this.step(untilMs));
    this.nowMs = untilMs;
  }

  /** Does the next planned thing if it is due by `untilMs`; false when there is none. */
  async step(untilMs: number): Promise<boolean> {
    let next = this.heap[0];
    while (next?.cancelled === true) {
      this.pop();
      next = this.heap[0];
    }
    if (next === undefined || next.dueMs > untilMs) return false;
    this.pop();
    this.nowMs = Math.max(this.nowMs, next.dueMs);
    next.fn();
    await this.settle();
    return true;
  }

  private push(item: Planned): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(item);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt] as Planned;
      if (!before(item, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = item;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = heap[childAt];
      if (child === undefined) break;
      const right = heap[childAt + 1];
      if (right !== undefined && before(right, child)) {
        childAt += 1;
        child = right;
      }
      if (!before(child, last)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
  }
}

function before(a: Planned, b: Planned): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
