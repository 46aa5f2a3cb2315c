/**
 * Linearizability by forward search over events (just-in-time linearization, Lowe, "Testing for linearizability", 2017, §4).
 *
 * Walk the events in real-time order and keep every configuration that explains the results so far. At a call, the operation becomes
 * available. At a return, configurations in which the operation has not taken effect are extended by open operations until it has; those
 * that can't be are dropped. When none is left the history is not linearizable, and this return is the first that can't be explained.
 * Nothing is linearized before some return needs it: an operation that is open now can take effect later just as well.
 *
 * What keeps the set of configurations small, beside the antichain of `configurations.ts`:
 * 1. An operation that leaves the state as it is and matches now is done with at once. (A read; a write of the value already there may
 *    count as done, but it stays available, since it may be wanted later for its effect.)
 * 2. When an overwrite takes effect, every other open overwrite could have done so unseen just before it. All of them become optional, in
 *    one configuration, instead of a branch for each subset. For the same reason an overwrite is tried only when something sees it:
 *    an open read that was waiting for this value, an update that accepts it, or the return that is being served.
 * 3. Of available operations with the same action only the one with the earliest deadline is tried, the needed ones and the optional
 *    ones each: whatever follows from using a later one, follows from the earlier with their roles exchanged.
 * 4. `info` operations of one action are interchangeable, so that a few slots serve any number of them.
 */
import { Configurations, type Trace } from './configurations.ts';
import type { Budget } from './budget.ts';
import { NEVER, OVERWRITE, type Problem, READ } from './problem.ts';
import { Window } from './window.ts';

export type SearchOutcome =
  | { readonly outcome: 'linearizable'; readonly configurations: number; readonly traces: readonly Partial[] }
  /** `event` is the position of the first return that no configuration survives. */
  | { readonly outcome: 'not-linearizable'; readonly event: number; readonly configurations: number; readonly traces: readonly Partial[] }
  | { readonly outcome: 'exhausted'; readonly reason: 'time' | 'memory'; readonly event: number; readonly configurations: number };

/** The steps that led to one configuration, and the state they led to. */
export interface Partial {
  readonly trace: Trace | undefined;
  readonly state: number;
}

export interface SearchOptions {
  readonly budget: Budget;
  /** Keep how each configuration came about: slower, for evidence. */
  readonly traced?: boolean;
}

export function search(problem: Problem, options: SearchOptions): SearchOutcome {
  return new Search(problem, options).run();
}

class Search {
  readonly #problem: Problem;
  readonly #budget: Budget;
  readonly #traced: boolean;
  readonly #window: Window;
  #current: Configurations;
  #survivors: Configurations;
  /** Configurations on the way to the return being served. */
  readonly #pending: Configurations;
  #row: Int32Array;
  #configurations = 0;
  /** Action → slots of `info` operations, and those that wait for a slot. */
  readonly #infoSlots = new Map<number, number[]>();
  readonly #infoWaiting = new Map<number, number[]>();
  /** Set when a configuration used the last slot of an action whose `info` operations are not exhausted. */
  #wanted = -1;
  /** Action → serial number of the last expansion that tried it. */
  readonly #triedNeeded: Int32Array;
  readonly #triedOptional: Int32Array;
  #serial = 0;
  #returnsServed = 0;

  constructor(problem: Problem, { budget, traced = false }: SearchOptions) {
    this.#problem = problem;
    this.#budget = budget;
    this.#traced = traced;
    this.#window = new Window(problem);
    this.#current = new Configurations(1, traced);
    this.#survivors = new Configurations(1, traced);
    this.#pending = new Configurations(1, traced);
    this.#row = new Int32Array(3);
    const actions = problem.space.natures.length;
    this.#triedNeeded = new Int32Array(actions);
    this.#triedOptional = new Int32Array(actions);
    for (const state of problem.initialStates) {
      this.#row.fill(0);
      this.#row[0] = state;
      this.#current.insert(this.#row, 0, undefined);
    }
  }

  run(): SearchOutcome {
    const { events } = this.#problem;
    for (let event = 0; event < events.length; event++) {
      const operation = (events[event] as number) >> 1;
      if (((events[event] as number) & 1) === 0) {
        this.#call(operation);
        continue;
      }
      const failure = this.#return(operation);
      if (failure === 'none-left') {
        return { outcome: 'not-linearizable', event, configurations: this.#configurations, traces: this.#partials() };
      }
      if (failure !== undefined) return { outcome: 'exhausted', reason: failure, event, configurations: this.#configurations };
    }
    return { outcome: 'linearizable', configurations: this.#configurations, traces: this.#partials() };
  }

  /** What is known of every configuration that was alive when the search ended: the current ones, and those that died on the way. */
  #partials(): Partial[] {
    if (!this.#traced) return [];
    const partials: Partial[] = [];
    for (const set of [this.#current, this.#pending]) {
      for (let at = 0; at < set.count; at++) {
        const state = set.rows[at * set.stride] as number;
        if (state !== -1) partials.push({ trace: set.traces?.[at], state });
      }
    }
    return partials;
  }

  // --- Calls -------------------------------------------------------------------------------------------------------------------

  #call(operation: number): void {
    const action = this.#problem.actions[operation] as number;
    if (this.#problem.returns[operation] === NEVER) {
      const slots = this.#infoSlots.get(action);
      if (slots !== undefined && this.#anyIsAvailableEverywhere(slots)) {
        const waiting = this.#infoWaiting.get(action);
        if (waiting === undefined) this.#infoWaiting.set(action, [operation]);
        else waiting.push(operation);
        return;
      }
    }
    this.#open(operation);
  }

  #open(operation: number): void {
    if (this.#window.full) this.#widen();
    const slot = this.#window.open(operation);
    const action = this.#problem.actions[operation] as number;
    const { space } = this.#problem;
    const mutates = this.#window.slotNature[slot] !== READ;
    const obliged = this.#problem.obliged[operation] === 1;
    const { rows, count, stride, words, traces } = this.#current;
    const word = 1 + (slot >> 5);
    const bit = 1 << (slot & 31);
    for (let at = 0; at < count; at++) {
      const base = at * stride;
      if (mutates) rows[base + word] = (rows[base + word] as number) | bit;
      if (!obliged) continue;
      const state = rows[base] as number;
      if (space.next(state, action) !== state) rows[base + words + word] = (rows[base + words + word] as number) | bit;
      else if (traces !== undefined) {
        traces[at] = { operation, how: mutates ? 'absorbed' : 'applied', state, previous: traces[at] };
      }
    }
    if (this.#problem.returns[operation] === NEVER) {
      const slots = this.#infoSlots.get(action);
      if (slots === undefined) this.#infoSlots.set(action, [slot]);
      else slots.push(slot);
    }
  }

  #widen(): void {
    const before = this.#current;
    this.#window.widen();
    const { words } = this.#window;
    const after = new Configurations(words, this.#traced);
    const row = new Int32Array(after.stride);
    for (let at = 0; at < before.count; at++) {
      const base = at * before.stride;
      row.fill(0);
      row[0] = before.rows[base] as number;
      for (let word = 1; word <= before.words; word++) {
        row[word] = before.rows[base + word] as number;
        row[words + word] = before.rows[base + before.words + word] as number;
      }
      after.insert(row, 0, before.traces?.[at]);
    }
    this.#current = after;
    this.#survivors.widen(words);
    this.#pending.widen(words);
    this.#row = row;
  }

  // --- Returns -----------------------------------------------------------------------------------------------------------------

  #return(operation: number): 'none-left' | 'time' | 'memory' | undefined {
    const window = this.#window;
    const slot = window.slotOf[operation] as number;
    if (this.#isDoneEverywhere(slot)) {
      window.close(slot);
      return undefined;
    }
    for (;;) {
      const exceeded = this.#serve(slot);
      if (exceeded !== undefined) return exceeded;
      if (this.#wanted === -1) break;
      // One more of the interchangeable `info` operations is needed. The configurations before this return are untouched: serve it again.
      const waiting = this.#infoWaiting.get(this.#wanted);
      const next = waiting?.shift();
      if (next !== undefined) this.#open(next);
    }
    if (this.#survivors.live === 0) return 'none-left';
    this.#survivors.compact();
    [this.#current, this.#survivors] = [this.#survivors, this.#current];
    window.close(slot);
    this.#releaseSpentInfo();
    return undefined;
  }

  #isDoneEverywhere(slot: number): boolean {
    const { rows, count, stride, words } = this.#current;
    const word = 1 + (slot >> 5);
    const bit = 1 << (slot & 31);
    for (let at = 0; at < count; at++) {
      if ((((rows[at * stride + word] as number) | (rows[at * stride + words + word] as number)) & bit) !== 0) return false;
    }
    return true;
  }

  /** Fills `survivors` with what the current configurations become when the operation in `slot` has returned. */
  #serve(slot: number): 'time' | 'memory' | undefined {
    const current = this.#current;
    const { stride, words, rows, traces } = current;
    const survivors = this.#survivors;
    const pending = this.#pending;
    const word = 1 + (slot >> 5);
    const bit = 1 << (slot & 31);
    const row = this.#row;
    this.#wanted = -1;
    survivors.clear();
    pending.clear();
    for (let at = 0; at < current.count; at++) {
      const base = at * stride;
      const available = ((rows[base + word] as number) & bit) !== 0;
      if (((rows[base + words + word] as number) & bit) !== 0) {
        pending.insert(rows, base, traces?.[at]);
        continue;
      }
      for (let i = 0; i < stride; i++) row[i] = rows[base + i] as number;
      row[word] = (row[word] as number) & ~bit;
      survivors.insert(row, 0, traces?.[at]);
      // It need not take effect any more, but this is its last chance to.
      if (available) pending.insert(rows, base, traces?.[at]);
    }
    for (let at = 0; at < pending.count; at++) {
      if (pending.rows[at * stride] !== -1) this.#expand(at, slot);
      if (this.#wanted !== -1) return undefined;
      if ((++this.#configurations & 1023) === 0) {
        const exceeded = this.#budget.exceeded(() => this.#bytes());
        if (exceeded !== undefined) return exceeded;
      }
    }
    return undefined;
  }

  /** Tries every open operation next in one configuration that still waits for the one in `target`. */
  #expand(at: number, target: number): void {
    const window = this.#window;
    const { order, orderCount, slotAction } = window;
    const { stride, words } = this.#pending;
    const base = at * stride;
    const serial = ++this.#serial;
    for (let i = 0; i < orderCount; i++) {
      const slot = order[i] as number;
      const { rows } = this.#pending;
      const word = 1 + (slot >> 5);
      const bit = 1 << (slot & 31);
      if (((rows[base + word] as number) & bit) === 0) continue;
      const action = slotAction[slot] as number;
      if (this.#triedNeeded[action] === serial) continue;
      if (((rows[base + words + word] as number) & bit) !== 0) this.#triedNeeded[action] = serial;
      else if (this.#triedOptional[action] === serial) continue;
      else this.#triedOptional[action] = serial;
      const state = rows[base] as number;
      const next = this.#problem.space.next(state, action);
      if (next === -1 || (next === state && slot !== target)) continue;
      this.#apply(at, slot, next, target);
      if (this.#wanted !== -1) return;
    }
  }

  /** Lets the operation in `slot` take effect in a pending configuration and files what comes of it. */
  #apply(at: number, slot: number, next: number, target: number): void {
    const window = this.#window;
    const { stride, words, rows, traces } = this.#pending;
    const base = at * stride;
    const row = this.#row;
    const overwrites = window.slotNature[slot] === OVERWRITE;
    row[0] = next;
    let seen = 0;
    for (let word = 0; word < words; word++) {
      let available = rows[base + 1 + word] as number;
      let needed = rows[base + 1 + words + word] as number;
      if (word === slot >> 5) {
        available &= ~(1 << (slot & 31));
        needed &= ~(1 << (slot & 31));
      }
      if (overwrites) needed &= ~(window.overwrites[word] as number);
      const loops = window.loops(next, word);
      seen |= (needed & loops) | (available & window.updates(next, word));
      row[1 + word] = available;
      row[1 + words + word] = needed & ~loops;
    }
    if (this.#problem.returns[window.slotOperation[slot] as number] === NEVER && this.#exhausts(slot, row)) return;

    const targetWord = 1 + (target >> 5);
    const targetBit = 1 << (target & 31);
    const mutatingTarget = window.slotNature[target] !== READ;
    const targetDone = ((row[words + targetWord] as number) & targetBit) === 0;
    const done = slot === target || (targetDone && !mutatingTarget);
    if (overwrites && seen === 0 && !done) return;
    const trace = traces === undefined ? undefined : this.#extendTrace(traces[at], at, slot, next);
    if (done) {
      this.#survivors.insert(row, 0, trace);
      return;
    }
    this.#pending.insert(row, 0, trace);
    // An update that leaves this state as it is may count as done here; it also stays in the search, for its effect elsewhere.
    // (An overwrite need not: having it take effect itself gives the same state and leaves more to others.)
    if (targetDone && window.slotNature[target] !== OVERWRITE) {
      row[targetWord] = (row[targetWord] as number) & ~targetBit;
      this.#survivors.insert(row, 0, trace);
    }
  }

  #extendTrace(previous: Trace | undefined, at: number, slot: number, state: number): Trace {
    const window = this.#window;
    const { rows, stride, words } = this.#pending;
    let trace = previous;
    const mark = (mask: (word: number) => number, how: Trace['how'] | undefined): void => {
      for (let word = 0; word < words; word++) {
        const needed = (rows[at * stride + 1 + words + word] as number) & mask(word);
        for (let bit = 0; bit < 32; bit++) {
          const other = word * 32 + bit;
          if ((needed & (1 << bit)) === 0 || other === slot) continue;
          const mutates = window.slotNature[other] !== READ;
          trace = { operation: window.slotOperation[other] as number, how: how ?? (mutates ? 'absorbed' : 'applied'), state, previous: trace };
        }
      }
    };
    const overwrites = window.slotNature[slot] === OVERWRITE;
    if (overwrites) mark((word) => window.overwrites[word] as number, 'absorbed');
    trace = { operation: window.slotOperation[slot] as number, how: 'applied', state, previous: trace };
    mark((word) => window.loops(state, word) & (overwrites ? ~(window.overwrites[word] as number) : -1), undefined);
    return trace;
  }

  // --- `info` operations -------------------------------------------------------------------------------------------------------

  /** True when `row` has no slot of this action left although more such operations are waiting for one. */
  #exhausts(slot: number, row: Int32Array): boolean {
    const action = this.#window.slotAction[slot] as number;
    const waiting = this.#infoWaiting.get(action);
    if (waiting === undefined || waiting.length === 0) return false;
    for (const other of this.#infoSlots.get(action) ?? []) {
      if (((row[1 + (other >> 5)] as number) & (1 << (other & 31))) !== 0) return false;
    }
    this.#wanted = action;
    return true;
  }

  /** Every configuration still has one of these slots to use, so that one more operation of this action can wait. */
  #anyIsAvailableEverywhere(slots: readonly number[]): boolean {
    const { rows, count, stride } = this.#current;
    for (let at = 0; at < count; at++) {
      if (!slots.some((slot) => ((rows[at * stride + 1 + (slot >> 5)] as number) & (1 << (slot & 31))) !== 0)) return false;
    }
    return slots.length > 0;
  }

  /** Gives back, now and then, the slots of `info` operations that every configuration has used. */
  #releaseSpentInfo(): void {
    if (this.#infoSlots.size === 0 || (++this.#returnsServed & 31) !== 0) return;
    for (const [action, slots] of this.#infoSlots) {
      const kept = slots.filter((slot) => !this.#isDoneEverywhere(slot));
      if (kept.length === slots.length) continue;
      for (const slot of slots) if (!kept.includes(slot)) this.#window.close(slot);
      if (kept.length > 0) this.#infoSlots.set(action, kept);
      else this.#infoSlots.delete(action);
    }
  }

  #bytes(): number {
    return (
      this.#problem.space.bytes() + this.#current.bytes() + this.#survivors.bytes() + this.#pending.bytes() + this.#window.bytes()
    );
  }
}
