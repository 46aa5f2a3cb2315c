/**
 * Decides stacks whose values are each pushed at most once, in O(n log n), by taking away one value after the other of which it is certain
 * that the rest has an explanation exactly when the whole has one (the method of Lee and Mathur, "Efficient decrease-and-conquer
 * linearizability monitoring", OOPSLA 2025; the argument below is for the choice made here).
 *
 * A history of a stack has an explanation exactly when every value can be given a stay, from an instant of its push to a later one of its
 * pop, such that of any two stays one contains the other or they are disjoint. A value is certainly there from the return of its push to the call
 * of its pop: its *core*. A stay contains its core, and lies within the *reach* from the call of the push to the return of the pop.
 * - A value without a core (its push and pop overlap) may come and go in one instant, where it is in nobody's way: it is taken away.
 * - Stays may be cut down to the surroundings of their cores, so that cores that are connected to each other can be judged alone.
 * - Of values whose cores are connected, the stays are connected, so one of them contains the others. That value's reach contains all the cores.
 *   Conversely a value whose reach contains all the cores can be given that stay, whatever the others are given (cut down to its
 *   reach): it is taken away, and when what is left falls apart, its parts are judged alone. When no reach contains all the cores
 *   there is no explanation.
 * - A pop that found nothing needs an instant outside all stays: one between connected cores will do.
 */
import { NEVER } from '../problem.ts';
import { CollectionCut, type CollectionSpans } from './collection-spans.ts';
import { CoverTree, LeastTree } from './trees.ts';

export function lifoConflictBefore(spans: CollectionSpans, end: number): number {
  const cut = new CollectionCut(spans, end);
  const cores = coresOf(cut);
  if (cores.count > 0) new Decomposition(cut, cores).run();
  return cut.conflict;
}

/** Values with a core, in the order of their cores' beginnings; beginnings and ends are ranked among each other. */
interface Cores {
  readonly count: number;
  readonly values: Int32Array;
  readonly begins: Int32Array;
  readonly ends: Int32Array;
  /** Rank → position. */
  readonly positions: Int32Array;
  /** Rank → how many cores begin before it. */
  readonly begunBefore: Int32Array;
}

const FREE = -2;
const ENDS = -1;

function coresOf(cut: CollectionCut): Cores {
  const { spans, end } = cut;
  /** Position → value whose core begins there, or `ENDS`. */
  const at = new Int32Array(end + 1).fill(FREE);
  let count = 0;
  for (let value = 0; value < spans.insertCalled.length; value++) {
    const inserted = cut.inserted(value);
    const leaves = Math.min(cut.leaves(value), end);
    // (Without a known return of the push there is no core either: nothing says that it was over.)
    if (inserted >= leaves) continue;
    at[inserted] = value;
    at[leaves] = ENDS;
    count++;
  }
  const values = new Int32Array(count);
  const begins = new Int32Array(count);
  const ends = new Int32Array(count);
  const positions = new Int32Array(2 * count);
  const begunBefore = new Int32Array(2 * count + 1);
  const rankAt = new Int32Array(end + 1);
  let rank = 0;
  let begun = 0;
  for (let position = 0; position <= end; position++) {
    const value = at[position] as number;
    if (value === FREE) continue;
    positions[rank] = position;
    begunBefore[rank] = begun;
    rankAt[position] = rank;
    if (value !== ENDS) {
      values[begun] = value;
      begins[begun++] = rank;
    }
    rank++;
  }
  begunBefore[rank] = begun;
  for (let core = 0; core < count; core++) ends[core] = rankAt[Math.min(cut.leaves(values[core] as number), end)] as number;
  return { count, values, begins, ends, positions: positions.subarray(0, rank), begunBefore: begunBefore.subarray(0, rank + 1) };
}

class Decomposition {
  readonly #cut: CollectionCut;
  readonly #cores: Cores;
  /** Cores whose reach is not known to begin early enough, by where it begins. (Once early enough it stays so: parts begin ever later.) */
  readonly #late: LeastTree;
  /** The others, by where their reach ends, negated. */
  readonly #early: LeastTree;
  readonly #cover: CoverTree;

  constructor(cut: CollectionCut, cores: Cores) {
    this.#cut = cut;
    this.#cores = cores;
    const { count, values, begins, ends, positions } = cores;
    this.#late = new LeastTree(Int32Array.from(values, (value) => cut.spans.insertCalled[value] as number));
    this.#early = new LeastTree(new Int32Array(count).fill(NEVER));
    const covered = new Int32Array(positions.length);
    for (let core = 0; core < count; core++) {
      const begin = begins[core] as number;
      const end = ends[core] as number;
      covered[begin] = (covered[begin] as number) + 1;
      covered[end] = (covered[end] as number) - 1;
    }
    for (let rank = 1; rank < covered.length; rank++) covered[rank] = (covered[rank] as number) + (covered[rank - 1] as number);
    // Gap `rank` is the one between that rank and the next; there is none after the last.
    this.#cover = new CoverTree(covered.subarray(0, covered.length - 1));
  }

  run(): void {
    const parts = [0, this.#cores.positions.length - 1];
    this.#split(parts);
    while (parts.length > 0) {
      const last = parts.pop() as number;
      const first = parts.pop() as number;
      const outermost = this.#outermost(first, last);
      if (outermost === -1) {
        this.#blame(first, last);
        continue;
      }
      this.#early.set(outermost, NEVER);
      this.#cover.uncover(this.#cores.begins[outermost] as number, this.#cores.ends[outermost] as number);
      parts.push(first, last);
      this.#split(parts);
    }
  }

  /** Replaces the part on top, from one rank to another, by the parts it has fallen into. */
  #split(parts: number[]): void {
    const last = parts.pop() as number;
    let first = parts.pop() as number;
    for (let gap = this.#cover.takeUncovered(); gap !== -1; gap = this.#cover.takeUncovered()) {
      if (gap > first) parts.push(first, gap);
      first = gap + 1;
    }
    if (last > first) parts.push(first, last);
  }

  /** A core of this part whose reach contains the part, -1 when there is none. */
  #outermost(first: number, last: number): number {
    const { begunBefore, positions, values } = this.#cores;
    const from = begunBefore[first] as number;
    const to = begunBefore[last + 1] as number;
    const begin = positions[first] as number;
    for (let core = this.#late.findBelow(from, to, begin); core !== -1; core = this.#late.findBelow(from, to, begin)) {
      this.#late.set(core, NEVER);
      this.#early.set(core, -this.#cut.removed(values[core] as number));
    }
    return this.#early.findBelow(from, to, -(positions[last] as number));
  }

  /** By when the values of this part were known to contradict each other. */
  #blame(first: number, last: number): void {
    const { begunBefore, values } = this.#cores;
    let known = -1;
    for (let core = begunBefore[first] as number; core < (begunBefore[last + 1] as number); core++) {
      const early = this.#early.get(core) !== NEVER;
      if (!early && this.#late.get(core) === NEVER) continue; // Taken away.
      known = Math.max(known, this.#cut.inserted(values[core] as number));
      // One whose reach begins early enough is out of the question only since its pop returned.
      if (early) known = Math.max(known, this.#cut.removed(values[core] as number));
    }
    this.#cut.found(known);
  }
}
