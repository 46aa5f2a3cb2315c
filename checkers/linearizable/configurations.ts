/**
 * A set of configurations: (model state, which open operations can still take effect, which still must).
 *
 * A row is `[state, available…, needed…]`, one bit for each slot of the open window. The three conditions an open operation can be in:
 * must still take effect (available and needed), may take effect but need not (available only), and done with (neither).
 *
 * The set keeps an antichain. Of two rows with the same state, one that has at least the other's available operations and at most its
 * needed ones can do whatever the other can, so the other is dropped. The comparison is exact: no row is ever judged by a hash.
 */

/** How a configuration came about, kept only when evidence is wanted. */
export interface Trace {
  readonly operation: number;
  /** `applied` changed the state or read it; `absorbed` could take effect unseen at this point, unless it is applied later. */
  readonly how: 'applied' | 'absorbed';
  readonly state: number;
  readonly previous: Trace | undefined;
}

export class Configurations {
  words: number;
  stride: number;
  rows: Int32Array;
  count = 0;
  traces: (Trace | undefined)[] | undefined;
  readonly #traced: boolean;
  #chain: Int32Array;
  /** State → its newest row, valid where the stamp is current. */
  #heads = new Int32Array(64);
  #stamps = new Int32Array(64);
  #stamp = 1;
  #dead = 0;

  constructor(words: number, traced: boolean) {
    this.words = words;
    this.stride = 1 + 2 * words;
    this.rows = new Int32Array(64 * this.stride);
    this.#chain = new Int32Array(64);
    this.#traced = traced;
    this.traces = traced ? [] : undefined;
  }

  clear(): void {
    this.count = 0;
    this.#dead = 0;
    this.#stamp++;
    if (this.#traced) this.traces = [];
  }

  /** Room for more slots; only while empty. */
  widen(words: number): void {
    this.words = words;
    this.stride = 1 + 2 * words;
    this.rows = new Int32Array(64 * this.stride);
    this.#chain = new Int32Array(64);
    this.clear();
  }

  get live(): number {
    return this.count - this.#dead;
  }

  bytes(): number {
    return this.rows.byteLength + this.#chain.byteLength + this.#heads.byteLength + this.#stamps.byteLength;
  }

  /** Adds a row unless one that is there can do all it can; drops those that it makes superfluous. */
  insert(row: Int32Array, from: number, trace: Trace | undefined): boolean {
    const state = row[from] as number;
    if (state >= this.#heads.length) this.#growHeads(state);
    const { rows, stride, words } = this;
    const chain = this.#chain;
    let previous = -1;
    let at = this.#stamps[state] === this.#stamp ? (this.#heads[state] as number) : -1;
    while (at !== -1) {
      const base = at * stride;
      let missing = 0; // What the row there lacks against the new one,
      let superfluous = 0; // and the other way round.
      for (let word = 1; word <= words; word++) {
        const available = rows[base + word] as number;
        const needed = rows[base + words + word] as number;
        const newAvailable = row[from + word] as number;
        const newNeeded = row[from + words + word] as number;
        missing |= (newAvailable & ~available) | (needed & ~newNeeded);
        superfluous |= (available & ~newAvailable) | (newNeeded & ~needed);
      }
      if (missing === 0) return false;
      const following = chain[at] as number;
      if (superfluous === 0) {
        rows[base] = -1;
        this.#dead++;
        if (previous === -1) {
          this.#heads[state] = following;
          this.#stamps[state] = this.#stamp;
        } else chain[previous] = following;
      } else previous = at;
      at = following;
    }
    this.#append(row, from, state, trace);
    return true;
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

  /** Closes the gaps that dropped rows left. Insertion is over until the next `clear`. */
  compact(): void {
    if (this.#dead === 0) return;
    const { rows, stride, traces } = this;
    let kept = 0;
    for (let at = 0; at < this.count; at++) {
      if (rows[at * stride] === -1) continue;
      if (kept !== at) {
        rows.copyWithin(kept * stride, at * stride, (at + 1) * stride);
        if (traces !== undefined) traces[kept] = traces[at];
      }
      kept++;
    }
    this.count = kept;
    this.#dead = 0;
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
