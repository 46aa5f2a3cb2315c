/**
 * The open window: which slot each open operation has, in what order their deadlines come, and what each can do in a given state.
 * A slot is given back when its operation returns, so configurations are as wide as the concurrency of the history and not as its length.
 */
import { NEVER, OVERWRITE, type Problem, READ, UPDATE } from './problem.ts';

const PASTS = 64;

export class Window {
  words = 1;
  /** Slot → operation, -1 when free. */
  slotOperation = new Int32Array(32).fill(-1);
  slotAction = new Int32Array(32);
  slotNature = new Uint8Array(32);
  /** Slot → position of its operation's call. */
  slotCalled = new Int32Array(32);
  /** Operation → slot, while open. */
  readonly slotOf: Int32Array;
  /** Open operations that can change the state, the earliest deadline first. */
  order = new Int32Array(32);
  orderCount = 0;
  /** Slots whose operation overwrites the state, as a mask. */
  overwrites = new Int32Array(1);
  /** Some operations are open without a slot (see `search.ts`). */
  someWait = false;
  /** Every slot below this may be in use. */
  #top = 0;
  #free: number[] = [];

  // For each state, computed once an event: which slots leave it as it is, and which updates it accepts.
  #loops = new Int32Array(64);
  #updates = new Int32Array(64);
  #stamps = new Int32Array(64);
  #stamp = 1;
  // The same for which slots were open at some earlier event, for the few such events that configurations remember.
  readonly #pastEvents = new Int32Array(PASTS).fill(-1);
  readonly #pastStamps = new Int32Array(PASTS);
  readonly #pastSame = new Int32Array(PASTS);
  #pasts = new Int32Array(PASTS);
  readonly #problem: Problem;

  constructor(problem: Problem) {
    this.#problem = problem;
    this.slotOf = new Int32Array(problem.operationCount).fill(-1);
  }

  /** No slot is left; widen first. */
  get full(): boolean {
    return this.#free.length === 0 && this.#top === this.words * 32;
  }

  open(operation: number, called: number): number {
    const slot = this.#free.pop() ?? this.#top++;
    const action = this.#problem.actions[operation] as number;
    const nature = this.#problem.space.natures[action] as number;
    this.slotOperation[slot] = operation;
    this.slotAction[slot] = action;
    this.slotNature[slot] = nature;
    this.slotCalled[slot] = called;
    this.slotOf[operation] = slot;
    if (nature !== READ) this.#queue(slot, this.#problem.returns[operation] as number);
    if (nature === OVERWRITE) this.overwrites[slot >> 5] = (this.overwrites[slot >> 5] as number) | (1 << (slot & 31));
    this.#stamp++;
    return slot;
  }

  close(slot: number): void {
    const operation = this.slotOperation[slot] as number;
    this.slotOperation[slot] = -1;
    this.slotOf[operation] = -1;
    this.overwrites[slot >> 5] = (this.overwrites[slot >> 5] as number) & ~(1 << (slot & 31));
    if (this.slotNature[slot] !== READ) {
      const at = this.order.indexOf(slot);
      this.order.copyWithin(at, at + 1, this.orderCount);
      this.orderCount--;
    }
    this.#free.push(slot);
    this.#stamp++;
  }

  widen(): void {
    this.words++;
    const slots = this.words * 32;
    this.slotOperation = grown(this.slotOperation, slots).fill(-1, slots - 32);
    this.slotAction = grown(this.slotAction, slots);
    this.slotCalled = grown(this.slotCalled, slots);
    this.order = grown(this.order, slots);
    const natures = new Uint8Array(slots);
    natures.set(this.slotNature);
    this.slotNature = natures;
    this.overwrites = grown(this.overwrites, this.words);
    this.#loops = new Int32Array(this.#stamps.length * this.words);
    this.#updates = new Int32Array(this.#stamps.length * this.words);
    this.#pasts = new Int32Array(PASTS * this.words);
    this.#stamp++;
  }

  /** Keeps `order` sorted by deadline; operations that never return stay last, in the order they were opened. */
  #queue(slot: number, deadline: number): void {
    const { order, slotOperation } = this;
    const { returns } = this.#problem;
    let at = this.orderCount;
    if (deadline !== NEVER) {
      while (at > 0 && (returns[slotOperation[order[at - 1] as number] as number] as number) > deadline) {
        order[at] = order[at - 1] as number;
        at--;
      }
    }
    order[at] = slot;
    this.orderCount++;
  }

  /** Slots whose operation is accepted in `state` and leaves it as it is: word `word` of the mask. */
  loops(state: number, word: number): number {
    if (state >= this.#stamps.length || this.#stamps[state] !== this.#stamp) this.#look(state);
    return this.#loops[state * this.words + word] as number;
  }

  /** Slots whose operation is an update that `state` accepts and that changes it. */
  updates(state: number, word: number): number {
    if (state >= this.#stamps.length || this.#stamps[state] !== this.#stamp) this.#look(state);
    return this.#updates[state * this.words + word] as number;
  }

  /** Slots whose operation was called before `event`: word `word` of the mask. */
  past(event: number, word: number): number {
    const at = event & (PASTS - 1);
    if (this.#pastEvents[at] !== event || this.#pastStamps[at] !== this.#stamp) this.#lookBack(event, at);
    return this.#pasts[at * this.words + word] as number;
  }

  /** The earliest event with the same past as this one, -1 when nothing that is open was open then: events are compared by this. */
  sameAs(event: number): number {
    if (event === -1 || this.someWait) return event;
    const at = event & (PASTS - 1);
    if (this.#pastEvents[at] !== event || this.#pastStamps[at] !== this.#stamp) this.#lookBack(event, at);
    return this.#pastSame[at] as number;
  }

  #lookBack(event: number, at: number): void {
    let same = -1;
    for (let word = 0; word < this.words; word++) {
      let past = 0;
      const end = Math.min(this.#top, (word + 1) * 32);
      for (let slot = word * 32; slot < end; slot++) {
        const called = this.slotCalled[slot] as number;
        if (this.slotOperation[slot] === -1 || called >= event) continue;
        past |= 1 << (slot & 31);
        if (called >= same) same = called + 1;
      }
      this.#pasts[at * this.words + word] = past;
    }
    this.#pastEvents[at] = event;
    this.#pastSame[at] = same;
    this.#pastStamps[at] = this.#stamp;
  }

  #look(state: number): void {
    if (state >= this.#stamps.length) this.#grow(state);
    const { space } = this.#problem;
    const base = state * this.words;
    for (let word = 0; word < this.words; word++) {
      let loops = 0;
      let updates = 0;
      const end = Math.min(this.#top, (word + 1) * 32);
      for (let slot = word * 32; slot < end; slot++) {
        if (this.slotOperation[slot] === -1) continue;
        const next = space.next(state, this.slotAction[slot] as number);
        if (next === state) loops |= 1 << (slot & 31);
        else if (next !== -1 && this.slotNature[slot] === UPDATE) updates |= 1 << (slot & 31);
      }
      this.#loops[base + word] = loops;
      this.#updates[base + word] = updates;
    }
    this.#stamps[state] = this.#stamp;
  }

  #grow(state: number): void {
    const length = Math.max(state + 1, this.#stamps.length * 2);
    this.#stamps = grown(this.#stamps, length);
    this.#loops = grown(this.#loops, length * this.words);
    this.#updates = grown(this.#updates, length * this.words);
  }

  bytes(): number {
    return this.#loops.byteLength * 3 + this.slotOf.byteLength;
  }
}

function grown(from: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(length);
  to.set(from);
  return to;
}
