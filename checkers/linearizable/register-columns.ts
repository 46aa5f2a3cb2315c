/** Calls as actions on a register, by column, with values numbered. */
import { type Call, Interner, type RegisterAction } from '../models/index.ts';
import type { Partition, PartitionedHistory } from './partitions.ts';
import { NEVER } from './problem.ts';

export const REGISTER_READ = 0;
export const REGISTER_DIFFERS = 1;
export const REGISTER_WRITE = 2;
export const REGISTER_CAS = 3;
const NOT_A_REGISTER = 4;

const kindNumber: Record<RegisterAction['kind'], number> = {
  read: REGISTER_READ,
  differs: REGISTER_DIFFERS,
  write: REGISTER_WRITE,
  cas: REGISTER_CAS,
};

export interface RegisterColumns {
  readonly kinds: Uint8Array;
  /** The value read, written, not found, or expected by a cas. */
  readonly first: Int32Array;
  /** The new value of a cas. */
  readonly second: Int32Array;
  readonly valueCount: number;
  /** The number of the initial value. */
  readonly initial: number;
  valueAt(number: number): unknown;
}

/**
 * The columns of a whole history, those of one partition after those of another. Filled in one pass in the order of the calls: going through
 * a long history key by key instead would jump about in memory, and take several times as long.
 */
export class RegisterTable {
  readonly #kinds: Uint8Array;
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  readonly #values = new Interner();
  readonly #initial: number;
  /** Value of the history → value of a partition, valid where the stamp is current. */
  readonly #local: Int32Array;
  readonly #stamps: Int32Array;
  #stamp = 0;

  constructor(history: PartitionedHistory, asRegister: (call: Call) => RegisterAction | undefined, initial: unknown) {
    const { placeOf, placed } = history;
    this.#kinds = new Uint8Array(placed);
    this.#first = new Int32Array(placed);
    this.#second = new Int32Array(placed);
    this.#initial = this.#values.intern(initial);
    for (let call = 0; call < placeOf.length; call++) {
      const place = placeOf[call] as number;
      if (place === -1) continue;
      const action = asRegister(history.callOf(call));
      if (action === undefined) {
        this.#kinds[place] = NOT_A_REGISTER;
        continue;
      }
      this.#kinds[place] = kindNumber[action.kind];
      this.#first[place] = this.#values.intern(action.kind === 'cas' ? action.expected : action.value);
      if (action.kind === 'cas') this.#second[place] = this.#values.intern(action.value);
    }
    this.#local = new Int32Array(this.#values.size);
    this.#stamps = new Int32Array(this.#values.size);
  }

  /** `undefined` when some call can't be put in register terms (an append, for example). To be asked for once: it renumbers values in place. */
  columnsOf({ count, offset }: Partition): RegisterColumns | undefined {
    const kinds = this.#kinds.subarray(offset, offset + count);
    if (kinds.includes(NOT_A_REGISTER)) return undefined;
    const first = this.#first.subarray(offset, offset + count);
    const second = this.#second.subarray(offset, offset + count);
    const values: number[] = [];
    this.#stamp++;
    const initial = this.#localNumber(this.#initial, values);
    for (let local = 0; local < count; local++) {
      first[local] = this.#localNumber(first[local] as number, values);
      if (kinds[local] === REGISTER_CAS) second[local] = this.#localNumber(second[local] as number, values);
    }
    return { kinds, first, second, valueCount: values.length, initial, valueAt: (number) => this.#values.at(values[number] as number) };
  }

  #localNumber(value: number, values: number[]): number {
    if (this.#stamps[value] !== this.#stamp) {
      this.#stamps[value] = this.#stamp;
      this.#local[value] = values.length;
      values.push(value);
    }
    return this.#local[value] as number;
  }
}

/**
 * Which calls matter: an `info` call whose new value nobody observed need not have happened, since without it every later result is
 * explained just as well. (An `info` cas observes what it expects only if it matters itself.)
 */
export function relevantCalls({ kinds, first, second, valueCount }: RegisterColumns, returns: Int32Array): Uint8Array {
  const relevant = new Uint8Array(kinds.length).fill(1);
  const observed = new Uint8Array(valueCount);
  const expecting: number[] = [];
  let unknowns = 0;
  for (let local = 0; local < kinds.length; local++) {
    const kind = kinds[local];
    // Something that saw "another value" can be explained by any write at all.
    if (kind === REGISTER_DIFFERS) return relevant;
    if (returns[local] === NEVER) {
      unknowns++;
      if (kind === REGISTER_CAS) expecting.push(local);
    } else if (kind !== REGISTER_WRITE) observed[first[local] as number] = 1;
  }
  if (unknowns === 0) return relevant;
  for (let changed = true; changed; ) {
    changed = false;
    for (const local of expecting) {
      if (observed[second[local] as number] === 0 || observed[first[local] as number] === 1) continue;
      observed[first[local] as number] = 1;
      changed = true;
    }
  }
  for (let local = 0; local < kinds.length; local++) {
    if (returns[local] !== NEVER) continue;
    const value = (kinds[local] === REGISTER_CAS ? second : first)[local] as number;
    relevant[local] = observed[value] as number;
  }
  return relevant;
}
