/** The calls of one partition as actions on a register, by column, with values numbered. */
import { type Call, Interner, type RegisterAction } from '../models/index.ts';
import type { Partition, PartitionedHistory } from './partitions.ts';
import { NEVER } from './problem.ts';

export const REGISTER_READ = 0;
export const REGISTER_DIFFERS = 1;
export const REGISTER_WRITE = 2;
export const REGISTER_CAS = 3;

export interface RegisterColumns {
  readonly kinds: Uint8Array;
  /** The value read, written, not found, or expected by a cas. */
  readonly first: Int32Array;
  /** The new value of a cas. */
  readonly second: Int32Array;
  readonly values: Interner;
  /** The number of the initial value. */
  readonly initial: number;
}

/** `undefined` when some call can't be put in register terms (an append, for example). */
export function registerColumns(
  history: PartitionedHistory,
  partition: Partition,
  asRegister: (call: Call) => RegisterAction | undefined,
  initial: unknown,
): RegisterColumns | undefined {
  const { count } = partition;
  const kinds = new Uint8Array(count);
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const values = new Interner();
  const initialNumber = values.intern(initial);
  for (let local = 0; local < count; local++) {
    const action = asRegister(history.callOf(partition.calls[local] as number));
    if (action === undefined) return undefined;
    switch (action.kind) {
      case 'read':
        kinds[local] = REGISTER_READ;
        first[local] = values.intern(action.value);
        break;
      case 'differs':
        kinds[local] = REGISTER_DIFFERS;
        first[local] = values.intern(action.value);
        break;
      case 'write':
        kinds[local] = REGISTER_WRITE;
        first[local] = values.intern(action.value);
        break;
      case 'cas':
        kinds[local] = REGISTER_CAS;
        first[local] = values.intern(action.expected);
        second[local] = values.intern(action.value);
        break;
    }
  }
  return { kinds, first, second, values, initial: initialNumber };
}

/**
 * Which calls matter: an `info` call whose new value nobody observed need not have happened, since without it every later result is
 * explained just as well. (An `info` cas observes what it expects only if it matters itself.)
 */
export function relevantCalls({ kinds, first, second, values }: RegisterColumns, returns: Int32Array): Uint8Array {
  const relevant = new Uint8Array(kinds.length).fill(1);
  const observed = new Uint8Array(values.size);
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
