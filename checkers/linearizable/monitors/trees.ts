/** Segment trees over typed arrays. */
import { NEVER } from '../problem.ts';

function leavesFor(count: number): number {
  let leaves = 1;
  while (leaves < count) leaves *= 2;
  return leaves;
}

/** Numbers by index; finds one in a range that is below a limit. */
export class LeastTree {
  readonly #leaves: number;
  readonly #least: Int32Array;

  constructor(values: Int32Array) {
    this.#leaves = leavesFor(values.length);
    this.#least = new Int32Array(2 * this.#leaves).fill(NEVER);
    this.#least.set(values, this.#leaves);
    for (let node = this.#leaves - 1; node > 0; node--) this.#update(node);
  }

  #update(node: number): void {
    this.#least[node] = Math.min(this.#least[2 * node] as number, this.#least[2 * node + 1] as number);
  }

  get(index: number): number {
    return this.#least[this.#leaves + index] as number;
  }

  set(index: number, value: number): void {
    let node = this.#leaves + index;
    this.#least[node] = value;
    for (node >>= 1; node > 0; node >>= 1) this.#update(node);
  }

  /** An index in `[from, to)` whose number is below `limit`, -1 when there is none. */
  findBelow(from: number, to: number, limit: number): number {
    const least = this.#least;
    let left = from + this.#leaves;
    let right = to + this.#leaves;
    for (; left < right; left >>= 1, right >>= 1) {
      if ((left & 1) === 1) {
        if ((least[left] as number) < limit) return this.#descend(left, limit);
        left++;
      }
      if ((right & 1) === 1) {
        right--;
        if ((least[right] as number) < limit) return this.#descend(right, limit);
      }
    }
    return -1;
  }

  #descend(from: number, limit: number): number {
    let node = from;
    while (node < this.#leaves) node = (this.#least[2 * node] as number) < limit ? 2 * node : 2 * node + 1;
    return node - this.#leaves;
  }
}

/** More than any number of intervals, so that a gap once taken stays covered. */
const TAKEN = 1 << 29;

/** How many intervals cover each gap; finds the gaps that none covers any more. A node holds its least count, without what its ancestors add. */
export class CoverTree {
  readonly #leaves: number;
  readonly #least: Int32Array;
  readonly #added: Int32Array;

  constructor(counts: Int32Array) {
    this.#leaves = leavesFor(counts.length);
    this.#least = new Int32Array(2 * this.#leaves).fill(TAKEN);
    this.#least.set(counts, this.#leaves);
    this.#added = new Int32Array(this.#leaves);
    for (let node = this.#leaves - 1; node > 0; node--) this.#update(node);
  }

  #update(node: number): void {
    const least = Math.min(this.#least[2 * node] as number, this.#least[2 * node + 1] as number);
    this.#least[node] = least + (this.#added[node] as number);
  }

  #updateAbove(leaf: number): void {
    for (let node = leaf >> 1; node > 0; node >>= 1) this.#update(node);
  }

  #lower(node: number): void {
    this.#least[node] = (this.#least[node] as number) - 1;
    if (node < this.#leaves) this.#added[node] = (this.#added[node] as number) - 1;
  }

  /** Takes an interval away that covers the gaps in `[from, to)`. */
  uncover(from: number, to: number): void {
    let left = from + this.#leaves;
    let right = to + this.#leaves;
    for (; left < right; left >>= 1, right >>= 1) {
      if ((left & 1) === 1) this.#lower(left++);
      if ((right & 1) === 1) this.#lower(--right);
    }
    this.#updateAbove(from + this.#leaves);
    this.#updateAbove(to - 1 + this.#leaves);
  }

  /** The first gap that nothing covers, which is given out once; -1 when there is none. */
  takeUncovered(): number {
    if (this.#least[1] !== 0) return -1;
    let node = 1;
    let above = 0;
    while (node < this.#leaves) {
      above += this.#added[node] as number;
      node = (this.#least[2 * node] as number) + above === 0 ? 2 * node : 2 * node + 1;
    }
    this.#least[node] = TAKEN;
    this.#updateAbove(node);
    return node - this.#leaves;
  }
}
