/**
 * A set of configurations: (model state, when an overwrite last took effect, which open operations can still take effect, which must).
 *
 * A row is `[state, overwritten, available…, needed…]`, the latter two with one bit for each slot of the open window.
 * - needed: the operation's result still has to be explained (a read has to see its value, an update has to take effect);
 * - available: it can still take effect. Without being needed: it may, or may not. (Reads have no effect and are never available.)
 * - overwritten: the event at which an overwrite last took effect, -1 for never. What was open then may be slipped in just before,
 *   where nobody sees the state.
 *
 * The set keeps an antichain. Of two rows with the same state, one that was overwritten no earlier, has at least the other's available
 * operations and at most its needed ones can do whatever the other can, so the other is dropped. The comparison is exact: no row is ever
 * judged by a hash.
 */
import type { Trace } from './trace.ts';

/** Where the masks begin in a row. */
export const AVAILABLE = 2;

const DROPPED = -1;
const INITIAL_ROWS = 64;

export class Configurations {
  readonly words: number;
  readonly stride: number;
  rows: Int32Array;
  count = 0;
  traces: (Trace | undefined)[] | undefined;
  #chain = new Int32Array(INITIAL_ROWS);
  /** State → its newest row, valid where the stamp is current. */
  #heads = new Int32Array(64);
  #stamps = new Int32Array(64);
  #stamp = 1;
  #dropped = 0;

  constructor(words: number, traced: boolean) {
    this.words = words;
    this.stride = AVAILABLE + 2 * words;
    this.rows = new Int32Array(INITIAL_ROWS * this.stride);
    this.traces = traced ? [] : undefined;
  }

  clear(): void {
    this.count = 0;
    this.#dropped = 0;
    this.#stamp++;
    if (this.traces !== undefined) this.traces = [];
  }

  get live(): number {
    return this.count - this.#dropped;
  }

  bytes(): number {
    return this.rows.byteLength + this.#chain.byteLength + this.#heads.byteLength + this.#stamps.byteLength;
  }

  isDropped(at: number): boolean {
    return this.rows[at * this.stride] === DROPPED;
  }

  /** Adds the row at `from`, unless one that is there can do all it can; drops those that it makes superfluous. */
  insert(row: Int32Array, from: number, trace: Trace | undefined): void {
    const state = row[from] as number;
    if (state >= this.#heads.length) this.#growHeads(state);
    const { rows, stride, words } = this;
    const chain = this.#chain;
    const overwritten = row[from + 1] as number;
    let previous = -1;
    let at = this.#stamps[state] === this.#stamp ? (this.#heads[state] as number) : -1;
    const needs = AVAILABLE + words;
    while (at !== -1) {
      const base = at * stride;
      const there = rows[base + 1] as number;
      let missing = there < overwritten ? 1 : 0; // What the row there lacks against the new one,
      let superfluous = there > overwritten ? 1 : 0; // and the other way round.
      // Most pairs differ both ways, and show it early.
      for (let i = AVAILABLE; i < needs && (missing === 0 || superfluous === 0); i++) {
        const needed = rows[base + words + i] as number;
        const newNeeded = row[from + words + i] as number;
        const available = rows[base + i] as number;
        const newAvailable = row[from + i] as number;
        missing |= (needed & ~newNeeded) | (newAvailable & ~available);
        superfluous |= (newNeeded & ~needed) | (available & ~newAvailable);
      }
      if (missing === 0) {
        if (previous !== -1) this.#moveToFront(state, previous, at);
        return;
      }
      const following = chain[at] as number;
      if (superfluous === 0) {
        rows[base] = DROPPED;
        this.#dropped++;
        if (previous === -1) this.#heads[state] = following;
        else chain[previous] = following;
      } else previous = at;
      at = following;
    }
    this.#append(row, from, state, trace);
  }

  /** What made one row superfluous will soon do so to another. */
  #moveToFront(state: number, previous: number, at: number): void {
    const chain = this.#chain;
    chain[previous] = chain[at] as number;
    chain[at] = this.#heads[state] as number;
    this.#heads[state] = at;
  }

  #append(row: Int32Array, from: number, state: number, trace: Trace | undefined): void {
    const { stride } = this;
    if ((this.count + 1) * stride > this.rows.length) this.#growRows();
    const { rows } = this;
    const base = this.count * stride;
    for (let i = 0; i < stride; i++) rows[base + i] = row[from + i] as number;
    this.#chain[this.count] = this.#stamps[state] === this.#stamp ? (this.#heads[state] as number) : -1;
    this.#heads[state] = this.count;
    this.#stamps[state] = this.#stamp;
    if (this.traces !== undefined) this.traces[this.count] = trace;
    this.count++;
  }

  /** Closes the gaps that dropped rows left. Nothing may be inserted after, until the next `clear`. */
  compact(): void {
    if (this.#dropped === 0) return;
    const { rows, stride, traces } = this;
    let kept = 0;
    for (let at = 0; at < this.count; at++) {
      if (this.isDropped(at)) continue;
      if (kept !== at) {
        rows.copyWithin(kept * stride, at * stride, (at + 1) * stride);
        if (traces !== undefined) traces[kept] = traces[at];
      }
      kept++;
    }
    this.count = kept;
    this.#dropped = 0;
  }

  /** The same configurations with room for more slots. */
  widened(words: number): Configurations {
    const wider = new Configurations(words, this.traces !== undefined);
    const row = new Int32Array(wider.stride);
    for (let at = 0; at < this.count; at++) {
      const base = at * this.stride;
      row.fill(0);
      row.set(this.rows.subarray(base, base + AVAILABLE + this.words));
      row.set(this.rows.subarray(base + AVAILABLE + this.words, base + this.stride), AVAILABLE + words);
      wider.insert(row, 0, this.traces?.[at]);
    }
    return wider;
  }

  /** State and trace of every row. */
  *partials(): Generator<{ readonly state: number; readonly trace: Trace | undefined }> {
    for (let at = 0; at < this.count; at++) {
      if (!this.isDropped(at)) yield { state: this.rows[at * this.stride] as number, trace: this.traces?.[at] };
    }
  }

  #growRows(): void {
    const rows = new Int32Array(this.rows.length * 2);
    rows.set(this.rows);
    this.rows = rows;
    const chain = new Int32Array(this.#chain.length * 2);
    chain.set(this.#chain);
    this.#chain = chain;
  }

  #growHeads(state: number): void {
    const length = Math.max(state + 1, this.#heads.length * 2);
    const heads = new Int32Array(length);
    heads.set(this.#heads);
    this.#heads = heads;
    const stamps = new Int32Array(length);
    stamps.set(this.#stamps);
    this.#stamps = stamps;
  }
}
