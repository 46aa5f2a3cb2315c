/**
 * Linearizability by forward search over events (just-in-time linearization, Lowe, "Testing for linearizability", 2017, §4).
 *
 * Walk the events in real-time order and keep every configuration that explains the results so far. At a call, the operation becomes
 * available. At a return, configurations in which the operation has not taken effect are extended by open operations until it has; those
 * that can't be are dropped. When none is left the history is not linearizable, and this return is the first that can't be explained.
 * Nothing is linearized before some return needs it: an operation that is open now can take effect later just as well.
 * (How configurations are extended, and what is not tried, is in `expansion.ts`.)
 */
import type { Budget } from './budget.ts';
import { AVAILABLE, Configurations } from './configurations.ts';
import { Expansion } from './expansion.ts';
import { NEVER, OVERWRITE, type Problem, READ } from './problem.ts';
import type { Trace } from './trace.ts';
import { Window } from './window.ts';

export type SearchOutcome =
  | { readonly outcome: 'linearizable'; readonly configurations: number; readonly mostHeld: number; readonly partials: readonly Partial[] }
  /** `event` is the position of the first return that no configuration survives. */
  | {
      readonly outcome: 'not-linearizable';
      readonly event: number;
      readonly configurations: number;
      readonly mostHeld: number;
      readonly partials: readonly Partial[];
    }
  | { readonly outcome: 'exhausted'; readonly reason: 'time' | 'memory'; readonly configurations: number; readonly mostHeld: number };

/** The steps that led to one of the last configurations, and the state they led to. */
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

interface WaitingCall {
  readonly operation: number;
  /** Position of its call. */
  readonly event: number;
}

class Search {
  readonly #problem: Problem;
  readonly #traced: boolean;
  readonly #window: Window;
  readonly #expansion: Expansion;
  #current: Configurations;
  #survivors: Configurations;
  /** Action → slots of `info` operations of that action, and those that wait until one more is of use. They are interchangeable. */
  readonly #infoSlots = new Map<number, number[]>();
  readonly #infoWaiting = new Map<number, WaitingCall[]>();
  #returnsServed = 0;
  /** Of the sets of configurations between two events, the size of the largest. */
  #mostHeld = 1;

  constructor(problem: Problem, { budget, traced = false }: SearchOptions) {
    this.#problem = problem;
    this.#traced = traced;
    this.#window = new Window(problem);
    this.#current = new Configurations(1, traced);
    this.#survivors = new Configurations(1, traced);
    const isExhausted = (slot: number, row: Int32Array): boolean => this.#isExhausted(slot, row);
    this.#expansion = new Expansion(problem, this.#window, { budget, traced, isExhausted });
    const row = new Int32Array(this.#current.stride);
    for (const state of problem.initialStates) {
      row[0] = state;
      row[1] = -1;
      this.#current.insert(row, 0, undefined);
    }
  }

  run(): SearchOutcome {
    const { events } = this.#problem;
    for (let event = 0; event < events.length; event++) {
      const operation = (events[event] as number) >> 1;
      if (((events[event] as number) & 1) === 0) {
        this.#call(operation, event);
        continue;
      }
      const failure = this.#return(operation, event);
      if (failure === undefined) continue;
      const examined = { configurations: this.#expansion.configurations, mostHeld: this.#mostHeld };
      if (failure !== 'none-left') return { outcome: 'exhausted', reason: failure, ...examined };
      return {
        outcome: 'not-linearizable',
        event,
        ...examined,
        partials: [...this.#partials(this.#current), ...this.#expansion.partials()],
      };
    }
    const { configurations } = this.#expansion;
    return { outcome: 'linearizable', configurations, mostHeld: this.#mostHeld, partials: this.#partials(this.#current) };
  }

  #partials(set: Configurations): Partial[] {
    return this.#traced ? [...set.partials()] : [];
  }

  // --- Calls -------------------------------------------------------------------------------------------------------------------

  #call(operation: number, event: number): void {
    if (this.#problem.returns[operation] === NEVER) {
      const action = this.#problem.actions[operation] as number;
      const slots = this.#infoSlots.get(action);
      if (slots !== undefined && this.#anyIsAvailableEverywhere(slots)) {
        const waiting = this.#infoWaiting.get(action);
        const call = { operation, event };
        this.#window.someWait = true;
        if (waiting === undefined) this.#infoWaiting.set(action, [call]);
        else waiting.push(call);
        return;
      }
    }
    this.#open({ operation, event });
  }

  #open({ operation, event }: WaitingCall): void {
    if (this.#window.full) this.#widen();
    const slot = this.#window.open(operation, event);
    const action = this.#problem.actions[operation] as number;
    const { space } = this.#problem;
    const nature = this.#window.slotNature[slot];
    const obliged = this.#problem.obliged[operation] === 1;
    const { rows, count, stride, words, traces } = this.#current;
    const word = AVAILABLE + (slot >> 5);
    const bit = 1 << (slot & 31);
    for (let at = 0; at < count; at++) {
      const base = at * stride;
      if (nature !== READ) rows[base + word] = (rows[base + word] as number) | bit;
      if (!obliged) continue;
      const state = rows[base] as number;
      if (space.next(state, action) !== state) rows[base + words + word] = (rows[base + words + word] as number) | bit;
      else if (traces !== undefined) {
        const how = nature === READ ? 'applied' : 'excused';
        traces[at] = { operation, how, overwrites: nature === OVERWRITE, previous: traces[at] };
      }
    }
    if (this.#problem.returns[operation] === NEVER) {
      const slots = this.#infoSlots.get(action);
      if (slots === undefined) this.#infoSlots.set(action, [slot]);
      else slots.push(slot);
    }
  }

  #widen(): void {
    this.#window.widen();
    const { words } = this.#window;
    this.#current = this.#current.widened(words);
    this.#survivors = new Configurations(words, this.#traced);
    this.#expansion.widen(words);
  }

  // --- Returns -----------------------------------------------------------------------------------------------------------------

  #return(operation: number, event: number): 'none-left' | 'time' | 'memory' | undefined {
    const window = this.#window;
    const slot = window.slotOf[operation] as number;
    if (!this.#isDoneEverywhere(slot)) {
      for (;;) {
        const stopped = this.#expansion.serve(slot, event, this.#current, this.#survivors);
        if (stopped === undefined) break;
        if (typeof stopped === 'string') return stopped;
        // One more of the interchangeable `info` operations is of use. What was before this return is untouched: serve it again.
        this.#open(this.#infoWaiting.get(stopped.wanted)?.shift() as WaitingCall);
      }
      if (this.#survivors.live === 0) return 'none-left';
      this.#survivors.compact();
      this.#mostHeld = Math.max(this.#mostHeld, this.#survivors.count);
      [this.#current, this.#survivors] = [this.#survivors, this.#current];
    }
    window.close(slot);
    this.#releaseSpentInfo();
    return undefined;
  }

  /** In no configuration is the operation in this slot needed or available any more. */
  #isDoneEverywhere(slot: number): boolean {
    const { rows, count, stride, words } = this.#current;
    const word = AVAILABLE + (slot >> 5);
    const bit = 1 << (slot & 31);
    for (let at = 0; at < count; at++) {
      if ((((rows[at * stride + word] as number) | (rows[at * stride + words + word] as number)) & bit) !== 0) return false;
    }
    return true;
  }

  // --- `info` operations -------------------------------------------------------------------------------------------------------

  /** Every configuration still has one of these slots to use, so that one more operation of this action can wait. */
  #anyIsAvailableEverywhere(slots: readonly number[]): boolean {
    const { rows, count, stride } = this.#current;
    for (let at = 0; at < count; at++) {
      if (!slots.some((slot) => ((rows[at * stride + AVAILABLE + (slot >> 5)] as number) & (1 << (slot & 31))) !== 0)) return false;
    }
    return true;
  }

  /** `row` has no slot of this action left although more such operations wait for one. */
  #isExhausted(slot: number, row: Int32Array): boolean {
    const action = this.#window.slotAction[slot] as number;
    if ((this.#infoWaiting.get(action)?.length ?? 0) === 0) return false;
    for (const other of this.#infoSlots.get(action) ?? []) {
      if (((row[AVAILABLE + (other >> 5)] as number) & (1 << (other & 31))) !== 0) return false;
    }
    return true;
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
}
