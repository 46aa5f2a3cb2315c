/** State spaces: a model of any kind with its states numbered as they are found, and registers, which need no numbering at all. */
import type { Call, Model, Nature, RegisterAction } from '../models/index.ts';
import { canonical, Interner, REJECTED } from '../models/index.ts';
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

export const REGISTER_READ = 0;
export const REGISTER_DIFFERS = 1;
export const REGISTER_WRITE = 2;
export const REGISTER_CAS = 3;

/** Register actions of the operations of one partition, by column; values are numbered. */
export interface RegisterColumns {
  readonly kinds: Uint8Array;
  /** The value read, written, not found, or expected by a cas. */
  readonly first: Int32Array;
  /** The new value of a cas. */
  readonly second: Int32Array;
  readonly values: Interner;
  readonly initial: number;
}

export function registerColumns(count: number, actionOf: (operation: number) => RegisterAction, initial: unknown): RegisterColumns {
  const kinds = new Uint8Array(count);
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const values = new Interner();
  const initialNumber = values.intern(initial);
  for (let operation = 0; operation < count; operation++) {
    const action = actionOf(operation);
    switch (action.kind) {
      case 'read':
        kinds[operation] = REGISTER_READ;
        first[operation] = values.intern(action.value);
        break;
      case 'differs':
        kinds[operation] = REGISTER_DIFFERS;
        first[operation] = values.intern(action.value);
        break;
      case 'write':
        kinds[operation] = REGISTER_WRITE;
        first[operation] = values.intern(action.value);
        break;
      case 'cas':
        kinds[operation] = REGISTER_CAS;
        first[operation] = values.intern(action.expected);
        second[operation] = values.intern(action.value);
        break;
    }
  }
  return { kinds, first, second, values, initial: initialNumber };
}

/** A register's states are its values, and its steps are comparisons: no table is needed. */
export function registerSpace(columns: RegisterColumns, operations: Int32Array): { space: StateSpace; actions: Int32Array } {
  const numbers = new Map<number, number>();
  const actions = new Int32Array(operations.length);
  const kinds: number[] = [];
  const first: number[] = [];
  const second: number[] = [];
  const valueCount = columns.values.size;
  for (let i = 0; i < operations.length; i++) {
    const operation = operations[i] as number;
    const kind = columns.kinds[operation] as number;
    const a = columns.first[operation] as number;
    const b = columns.second[operation] as number;
    const key = kind + 4 * (a + valueCount * b);
    let number = numbers.get(key);
    if (number === undefined) {
      number = kinds.length;
      numbers.set(key, number);
      kinds.push(kind);
      first.push(a);
      second.push(b);
    }
    actions[i] = number;
  }
  const kindOf = Uint8Array.from(kinds);
  const firstOf = Int32Array.from(first);
  const secondOf = Int32Array.from(second);
  const natures = kindOf.map((kind, action) => {
    if (kind === REGISTER_WRITE) return OVERWRITE;
    return kind === REGISTER_CAS && firstOf[action] !== secondOf[action] ? UPDATE : READ;
  });
  const space: StateSpace = {
    natures,
    next(state, action) {
      const value = firstOf[action] as number;
      switch (kindOf[action]) {
        case REGISTER_READ:
          return state === value ? state : -1;
        case REGISTER_DIFFERS:
          return state === value ? -1 : state;
        case REGISTER_WRITE:
          return value;
        default:
          return state === value ? (secondOf[action] as number) : -1;
      }
    },
    stateCount: () => valueCount,
    bytes: () => 12 * kinds.length,
    describe: (state) => canonical(columns.values.at(state)),
  };
  return { space, actions };
}
