/**
 * Extends configurations until the operation that is returning has taken effect, by as few others as will do.
 *
 * What is not tried, and why nothing is lost:
 * 1. An operation that leaves the state as it is and matches now is done with at once, without a branch. (A read. A write of the value
 *    that is there already may count as done, but stays available: it may be wanted later for its effect.)
 * 2. When an overwrite takes effect, every other open overwrite could have done so unseen just before it: none is needed any more.
 * 3. A stretch of a linearization that begins with an overwrite and ends where the next overwrite begins is seen by nobody outside, so it
 *    can be slipped in before *any* later overwrite that takes effect while all of it is open. So it is never tried in advance: it is tried
 *    when one of its operations returns, and slipped in before the last overwrite, leaving the state alone. What is tried in the open is
 *    only: updates of the state that is there, then at most one overwrite, then updates of that.
 * 4. Of available operations with the same action, one is tried only if no other is better to spend: one with an earlier deadline, not
 *    less needed, and not more open in the past. Whatever follows from spending the better one to keep, follows from keeping it.
 */
import type { Budget } from './budget.ts';
import { AVAILABLE, Configurations } from './configurations.ts';
import { NEVER, OVERWRITE, type Problem, READ, UPDATE } from './problem.ts';
import type { Trace } from './trace.ts';
import type { Window } from './window.ts';

export interface ExpansionOptions {
  readonly budget: Budget;
  readonly traced: boolean;
  /** `row` has spent the last slot for this one's action, and there are more such operations to come by. */
  readonly isExhausted: (slot: number, row: Int32Array) => boolean;
}

export type Stopped = 'time' | 'memory' | { readonly wanted: number };

export class Expansion {
  readonly #problem: Problem;
  readonly #window: Window;
  readonly #budget: Budget;
  readonly #traced: boolean;
  readonly #isExhausted: ExpansionOptions['isExhausted'];
  #survivors: Configurations;
  /** Configurations in which the target has not taken effect: before an overwrite was tried, and after. */
  #before: Configurations;
  #after: Configurations;
  /** Stretches to be slipped in; their states are those within the stretch. */
  #stretches: Configurations;
  #row: Int32Array;
  #slipped: Int32Array;
  #target = 0;
  #event = 0;
  /** Action → which kinds of its operations have been tried, valid for the current serial number. */
  readonly #tried: Int32Array;
  readonly #triedSerial: Int32Array;
  #serial = 0;
  #stopped: Stopped | undefined;
  #steps = 0;
  /** Rows looked at so far. */
  configurations = 0;

  constructor(problem: Problem, window: Window, { budget, traced, isExhausted }: ExpansionOptions) {
    this.#problem = problem;
    this.#window = window;
    this.#budget = budget;
    this.#traced = traced;
    this.#isExhausted = isExhausted;
    this.#survivors = new Configurations(1, traced);
    this.#before = this.#survivors;
    this.#after = this.#survivors;
    this.#stretches = this.#survivors;
    this.#row = new Int32Array(0);
    this.#slipped = this.#row;
    this.#tried = new Int32Array(problem.space.natures.length);
    this.#triedSerial = new Int32Array(problem.space.natures.length);
    this.widen(1);
  }

  widen(words: number): void {
    this.#before = new Configurations(words, this.#traced);
    this.#after = new Configurations(words, this.#traced);
    this.#stretches = new Configurations(words, this.#traced);
    this.#row = new Int32Array(this.#before.stride);
    this.#slipped = new Int32Array(this.#before.stride);
  }

  bytes(): number {
    return this.#before.bytes() + this.#after.bytes() + this.#stretches.bytes() + this.#survivors.bytes();
  }

  *partials(): ReturnType<Configurations['partials']> {
    yield* this.#before.partials();
    yield* this.#after.partials();
  }

  /** Fills `survivors` with what `current` becomes when the operation in slot `target` has returned at `event`. */
  serve(target: number, event: number, current: Configurations, survivors: Configurations): Stopped | undefined {
    this.#target = target;
    this.#event = event;
    this.#survivors = survivors;
    this.#stopped = undefined;
    survivors.clear();
    this.#before.clear();
    this.#after.clear();
    for (let at = 0; at < current.count; at++) {
      this.#admit(current, at);
      if (this.#stopped !== undefined) return this.#stopped;
    }
    for (const stage of [this.#before, this.#after]) {
      for (let at = 0; at < stage.count; at++) {
        if (!stage.isDropped(at)) this.#expand(stage, at);
        this.configurations++;
        if (this.#stopped !== undefined) return this.#stopped;
      }
    }
    return undefined;
  }

  /** Takes up a configuration: it may survive as it is, by something slipped in, or after an expansion. */
  #admit(current: Configurations, at: number): void {
    const { rows, stride, words, traces } = current;
    const base = at * stride;
    rows[base + 1] = this.#window.sameAs(rows[base + 1] as number);
    const word = AVAILABLE + (this.#target >> 5);
    const bit = 1 << (this.#target & 31);
    const nature = this.#window.slotNature[this.#target];
    const needed = ((rows[base + words + word] as number) & bit) !== 0;
    const available = ((rows[base + word] as number) & bit) !== 0;
    if (!needed) {
      const row = this.#row;
      for (let i = 0; i < stride; i++) row[i] = rows[base + i] as number;
      row[word] = (row[word] as number) & ~bit;
      this.#survivors.insert(row, 0, traces?.[at]);
      if (!available) return;
    }
    // It has to take effect, or has its last chance to.
    this.#before.insert(rows, base, traces?.[at]);
    if (rows[base + 1] !== -1 && (this.#window.past(rows[base + 1] as number, this.#target >> 5) & bit) !== 0) {
      this.#slipIn(rows, base, nature === OVERWRITE, traces?.[at]);
    }
  }

  // --- In the open -------------------------------------------------------------------------------------------------------------

  #expand(stage: Configurations, at: number): void {
    const window = this.#window;
    const { order, orderCount, slotAction, slotNature } = window;
    const { stride, words } = stage;
    const base = at * stride;
    const overwritten = stage.rows[base + 1] as number;
    const mayOverwrite = stage === this.#before;
    const targetOverwrites = slotNature[this.#target] === OVERWRITE;
    if (targetOverwrites && !mayOverwrite) return;
    this.#serial++;
    for (let i = 0; i < orderCount; i++) {
      const slot = order[i] as number;
      const overwrites = slotNature[slot] === OVERWRITE;
      // When an overwrite is what returns, another one before it would be slipped in.
      if (overwrites && (!mayOverwrite || (targetOverwrites && slot !== this.#target))) continue;
      const { rows } = stage;
      const word = AVAILABLE + (slot >> 5);
      const bit = 1 << (slot & 31);
      if (((rows[base + word] as number) & bit) === 0) continue;
      const state = rows[base] as number;
      const action = slotAction[slot] as number;
      const next = this.#problem.space.next(state, action);
      if (next === -1 || (next === state && !overwrites && slot !== this.#target)) continue;
      if (overwrites) {
        if (this.#isTried(action, 3)) continue;
      } else {
        const needed = ((rows[base + words + word] as number) & bit) !== 0;
        const past = overwritten !== -1 && (window.past(overwritten, slot >> 5) & bit) !== 0;
        if (this.#isTried(action, (needed ? 2 : 0) | (past ? 0 : 1))) continue;
      }
      this.#apply(stage, base, at, slot, next);
      if (this.#stopped !== undefined) return;
    }
  }

  /**
   * Was an operation of this action tried that is better to spend? `rank` has bit 1 set when it is needed, and bit 0 when it is not past.
   * Candidates come with the earliest deadline first.
   */
  #isTried(action: number, rank: number): boolean {
    const seen = this.#triedSerial[action] === this.#serial ? (this.#tried[action] as number) : 0;
    // Bit `r` of `seen`: one of rank `r` was tried. Better to spend are the ranks that contain this one.
    if (((seen >> rank) & (supersets[rank] as number)) !== 0) return true;
    this.#triedSerial[action] = this.#serial;
    this.#tried[action] = seen | (1 << rank);
    return false;
  }

  /** Lets the operation in `slot` take effect and files what comes of it. */
  #apply(stage: Configurations, base: number, at: number, slot: number, next: number): void {
    const window = this.#window;
    const { rows, words, traces } = stage;
    const row = this.#row;
    const overwrites = window.slotNature[slot] === OVERWRITE;
    row[0] = next;
    row[1] = overwrites ? this.#event : (rows[base + 1] as number);
    let leads = 0;
    for (let i = 0; i < words; i++) {
      let available = rows[base + AVAILABLE + i] as number;
      let needed = rows[base + AVAILABLE + words + i] as number;
      if (i === slot >> 5) {
        available &= ~(1 << (slot & 31));
        needed &= ~(1 << (slot & 31));
      }
      if (overwrites) needed &= ~(window.overwrites[i] as number);
      needed &= ~window.loops(next, i);
      leads |= available & window.updates(next, i);
      row[AVAILABLE + i] = available;
      row[AVAILABLE + words + i] = needed;
    }
    if (this.#isSpent() || this.#spendsLastInfo(slot, row)) return;
    const targetWord = AVAILABLE + (this.#target >> 5);
    const targetBit = 1 << (this.#target & 31);
    const targetNature = window.slotNature[this.#target];
    const settled = ((row[words + targetWord] as number) & targetBit) === 0;
    const done = slot === this.#target || (settled && targetNature === READ);
    if (overwrites && leads === 0 && !done) return;
    const trace = traces === undefined ? undefined : this.#traceApplied(traces[at], rows, base, slot, next);
    if (done) {
      this.#survivors.insert(row, 0, trace);
      return;
    }
    (overwrites ? this.#after : stage).insert(row, 0, trace);
    // An update that leaves this state as it is may count as done here; it also stays in the search, for its effect elsewhere.
    if (settled && targetNature === UPDATE) {
      row[targetWord] = (row[targetWord] as number) & ~targetBit;
      this.#survivors.insert(row, 0, trace);
    }
  }

  // --- Before the last overwrite -----------------------------------------------------------------------------------------------

  /** Tries stretches that contain the target, made of operations that were open when an overwrite last took effect. */
  #slipIn(rows: Int32Array, base: number, targetBegins: boolean, trace: Trace | undefined): void {
    const window = this.#window;
    const { order, orderCount, slotAction, slotNature } = window;
    const resume = rows[base] as number;
    const overwritten = rows[base + 1] as number;
    this.#stretches.clear();
    this.#serial++;
    for (let i = 0; i < orderCount; i++) {
      const slot = order[i] as number;
      if (slotNature[slot] !== OVERWRITE || (targetBegins && slot !== this.#target)) continue;
      const bit = 1 << (slot & 31);
      if (((rows[base + AVAILABLE + (slot >> 5)] as number) & window.past(overwritten, slot >> 5) & bit) === 0) continue;
      if (this.#isTried(slotAction[slot] as number, 0)) continue;
      this.#stretch(rows, base, slot, this.#problem.space.next(resume, slotAction[slot] as number), resume, trace);
      if (this.#stopped !== undefined) return;
    }
    for (let at = 0; at < this.#stretches.count; at++) {
      if (this.#stretches.isDropped(at)) continue;
      this.#extendStretch(at, resume);
      this.configurations++;
      if (this.#stopped !== undefined) return;
    }
  }

  #extendStretch(at: number, resume: number): void {
    const window = this.#window;
    const { order, orderCount, slotAction, slotNature } = window;
    const { stride, words } = this.#stretches;
    const base = at * stride;
    this.#serial++;
    for (let i = 0; i < orderCount; i++) {
      const slot = order[i] as number;
      if (slotNature[slot] !== UPDATE) continue;
      const { rows, traces } = this.#stretches;
      const word = AVAILABLE + (slot >> 5);
      const bit = 1 << (slot & 31);
      if (((rows[base + word] as number) & window.past(rows[base + 1] as number, slot >> 5) & bit) === 0) continue;
      const state = rows[base] as number;
      const next = this.#problem.space.next(state, slotAction[slot] as number);
      if (next === -1 || (next === state && slot !== this.#target)) continue;
      const needed = ((rows[base + words + word] as number) & bit) !== 0;
      if (this.#isTried(slotAction[slot] as number, needed ? 2 : 0)) continue;
      this.#stretch(rows, base, slot, next, resume, traces?.[at]);
      if (this.#stopped !== undefined) return;
    }
  }

  /** Lets the operation in `slot` take effect within a stretch; when the target is part of it, the whole may be slipped in. */
  #stretch(rows: Int32Array, base: number, slot: number, next: number, resume: number, trace: Trace | undefined): void {
    const window = this.#window;
    const { stride, words } = this.#stretches;
    const row = this.#slipped;
    const overwritten = rows[base + 1] as number;
    for (let i = 0; i < stride; i++) row[i] = rows[base + i] as number;
    row[0] = next;
    let leads = 0;
    for (let i = 0; i < words; i++) {
      const own = i === slot >> 5 ? ~(1 << (slot & 31)) : -1;
      const past = window.past(overwritten, i);
      const available = (row[AVAILABLE + i] as number) & own;
      row[AVAILABLE + i] = available;
      row[AVAILABLE + words + i] = (row[AVAILABLE + words + i] as number) & own & ~(window.loops(next, i) & past);
      leads |= available & past & window.updates(next, i);
    }
    if (this.#isSpent() || this.#spendsLastInfo(slot, row)) return;
    const targetWord = AVAILABLE + (this.#target >> 5);
    const targetBit = 1 << (this.#target & 31);
    const targetNature = window.slotNature[this.#target];
    const settled = ((row[words + targetWord] as number) & targetBit) === 0;
    const extended = this.#traced ? this.#traceSlippedIn(trace, rows, base, slot, next) : undefined;
    if (leads !== 0) this.#stretches.insert(row, 0, extended);
    const contained = targetNature === UPDATE ? ((row[targetWord] as number) & targetBit) === 0 || settled : settled;
    if (!contained) return;
    row[0] = resume;
    row[targetWord] = (row[targetWord] as number) & ~targetBit;
    this.#survivors.insert(row, 0, extended);
  }

  // --- Both --------------------------------------------------------------------------------------------------------------------

  #spendsLastInfo(slot: number, row: Int32Array): boolean {
    if (this.#problem.returns[this.#window.slotOperation[slot] as number] !== NEVER || !this.#isExhausted(slot, row)) return false;
    this.#stopped = { wanted: this.#window.slotAction[slot] as number };
    return true;
  }

  /** Looks at the clock and the memory now and then. */
  #isSpent(): boolean {
    if ((++this.#steps & 511) !== 0) return false;
    this.#stopped = this.#budget.exceeded(() => this.bytes() + this.#window.bytes() + this.#problem.space.bytes());
    return this.#stopped !== undefined;
  }

  #traceApplied(previous: Trace | undefined, rows: Int32Array, base: number, slot: number, state: number): Trace {
    const window = this.#window;
    const overwrites = window.slotNature[slot] === OVERWRITE;
    let trace: Trace = { operation: window.slotOperation[slot] as number, how: 'applied', overwrites, previous };
    for (const other of this.#neededIn(rows, base)) {
      if (other === slot) continue;
      const operation = window.slotOperation[other] as number;
      const otherOverwrites = window.slotNature[other] === OVERWRITE;
      if (overwrites && otherOverwrites) trace = { operation, how: 'excused-before', overwrites: true, previous: trace };
      else if ((window.loops(state, other >> 5) & (1 << (other & 31))) !== 0) {
        trace = { operation, how: window.slotNature[other] === READ ? 'applied' : 'excused', overwrites: otherOverwrites, previous: trace };
      }
    }
    return trace;
  }

  #traceSlippedIn(previous: Trace | undefined, rows: Int32Array, base: number, slot: number, state: number): Trace {
    const window = this.#window;
    let trace: Trace = { operation: window.slotOperation[slot] as number, how: 'slipped-in', overwrites: false, previous };
    for (const other of this.#neededIn(rows, base)) {
      const past = window.past(rows[base + 1] as number, other >> 5);
      if (other === slot || (window.loops(state, other >> 5) & past & (1 << (other & 31))) === 0) continue;
      const how = window.slotNature[other] === READ ? 'slipped-in' : 'excused-before';
      trace = { operation: window.slotOperation[other] as number, how, overwrites: false, previous: trace };
    }
    return trace;
  }

  *#neededIn(rows: Int32Array, base: number): Generator<number> {
    const { words } = this.#before;
    for (let slot = 0; slot < words * 32; slot++) {
      if (((rows[base + AVAILABLE + words + (slot >> 5)] as number) & (1 << (slot & 31))) !== 0) yield slot;
    }
  }
}

/** For a rank: which ranks above it (shifted down by it) contain its bits. */
const supersets: readonly number[] = [0b1111, 0b101, 0b11, 0b1];
