/** The state space of any model, its states numbered as they are found. */
import { type Call, type Model, type Nature, REJECTED } from '../models/index.ts';
import { OVERWRITE, READ, type StateSpace, UPDATE } from './problem.ts';

const natureNumber: Record<Nature, number> = { read: READ, overwrite: OVERWRITE, update: UPDATE };

export interface ModelSpace<S> extends StateSpace {
  intern(state: S): number;
}

/** The steps of `model` for these calls, one action each, found as they are asked for. */
export function modelSpace<S>(model: Model<S>, calls: readonly Call[]): ModelSpace<S> {
  const states: S[] = [];
  const numbers = new Map<string, number>();
  const steps = new StepTable();
  let nameBytes = 0;
  const natures = new Uint8Array(calls.length);
  for (const [action, call] of calls.entries()) natures[action] = natureNumber[model.nature?.(call) ?? 'update'];

  const intern = (state: S): number => {
    const name = model.canonical(state);
    const known = numbers.get(name);
    if (known !== undefined) return known;
    const number = states.length;
    numbers.set(name, number);
    states.push(state);
    nameBytes += 2 * name.length + 100;
    return number;
  };

  return {
    natures,
    intern,
    next(state, action) {
      const known = steps.get(state, action);
      if (known !== UNSEEN) return known;
      const next = model.step(states[state] as S, calls[action] as Call);
      const number = next === REJECTED ? -1 : intern(next);
      if (natures[action] === READ && number !== -1 && number !== state) {
        throw new Error(`The model ${model.name} calls ${model.describeCall(calls[action] as Call)} a read, but it changed the state.`);
      }
      if (natures[action] === OVERWRITE && number === -1) {
        throw new Error(`The model ${model.name} calls ${model.describeCall(calls[action] as Call)} an overwrite, but rejected it.`);
      }
      steps.set(state, action, number);
      return number;
    },
    stateCount: () => states.length,
    // A state costs about as much as its name, and has parts of its own.
    bytes: () => 2 * nameBytes + steps.bytes(),
    describe: (state) => model.describeState(states[state] as S),
  };
}

const UNSEEN = -2;

/** (state, action) → next state, open addressing over typed arrays; exact, both halves of the key are stored. */
class StepTable {
  #slots = new Int32Array(3 * 256).fill(-1);
  #capacity = 256;
  #count = 0;

  get(state: number, action: number): number {
    const slots = this.#slots;
    for (let at = this.#home(state, action); ; at = (at + 1) & (this.#capacity - 1)) {
      if (slots[3 * at] === -1) return UNSEEN;
      if (slots[3 * at] === state && slots[3 * at + 1] === action) return slots[3 * at + 2] as number;
    }
  }

  set(state: number, action: number, next: number): void {
    if (2 * ++this.#count > this.#capacity) this.#grow();
    this.#place(state, action, next);
  }

  bytes(): number {
    return this.#slots.byteLength;
  }

  #home(state: number, action: number): number {
    const mixed = Math.imul(state, 0x9e3779b1) ^ Math.imul(action + 1, 0x85ebca6b);
    return (mixed ^ (mixed >>> 15)) & (this.#capacity - 1);
  }

  #place(state: number, action: number, next: number): void {
    const slots = this.#slots;
    let at = this.#home(state, action);
    while (slots[3 * at] !== -1) at = (at + 1) & (this.#capacity - 1);
    slots[3 * at] = state;
    slots[3 * at + 1] = action;
    slots[3 * at + 2] = next;
  }

  #grow(): void {
    const before = this.#slots;
    this.#capacity *= 2;
    this.#slots = new Int32Array(3 * this.#capacity).fill(-1);
    for (let at = 0; at < before.length; at += 3) {
      if (before[at] !== -1) this.#place(before[at] as number, before[at + 1] as number, before[at + 2] as number);
    }
  }
}
