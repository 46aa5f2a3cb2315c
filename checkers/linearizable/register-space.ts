/** The state space of a register: its states are its values and its steps are comparisons, so no table is needed. */
import { canonical } from '../models/index.ts';
import { OVERWRITE, READ, type StateSpace, UPDATE } from './problem.ts';
import { REGISTER_CAS, REGISTER_DIFFERS, REGISTER_READ, REGISTER_WRITE, type RegisterColumns } from './register-columns.ts';

export interface RegisterSpace extends StateSpace {
  /** Call → action; calls that ask and get the same share one. */
  readonly actions: Int32Array;
}

export function registerSpace({ kinds, first, second, valueCount, valueAt }: RegisterColumns): RegisterSpace {
  const numbers = new Map<number, number>();
  const actions = new Int32Array(kinds.length);
  const examples: number[] = [];
  for (let local = 0; local < kinds.length; local++) {
    const key = (kinds[local] as number) + 4 * ((first[local] as number) + valueCount * (second[local] as number));
    let action = numbers.get(key);
    if (action === undefined) {
      action = examples.length;
      numbers.set(key, action);
      examples.push(local);
    }
    actions[local] = action;
  }
  const kindOf = Uint8Array.from(examples, (local) => kinds[local] as number);
  const firstOf = Int32Array.from(examples, (local) => first[local] as number);
  const secondOf = Int32Array.from(examples, (local) => second[local] as number);
  const natures = kindOf.map((kind, action) => {
    if (kind === REGISTER_WRITE) return OVERWRITE;
    return kind === REGISTER_CAS && firstOf[action] !== secondOf[action] ? UPDATE : READ;
  });
  return {
    actions,
    natures,
    next(state, action) {
      const value = firstOf[action] as number;
      const kind = kindOf[action] as number;
      if (kind === REGISTER_WRITE) return value;
      if (kind === REGISTER_DIFFERS) return state === value ? -1 : state;
      if (state !== value) return -1;
      return kind === REGISTER_READ ? state : (secondOf[action] as number);
    },
    stateCount: () => valueCount,
    bytes: () => 64 * examples.length,
    describe: (state) => canonical(valueAt(state)),
  };
}
