/** Puts a partition into numbers for the search. */
import { type Call, canonical, type Model, UNKNOWN_OUTPUT } from '../models/index.ts';
import type { Partition, PartitionedHistory } from './partitions.ts';
import { NEVER, type Problem } from './problem.ts';
import type { RegisterColumns } from './register-columns.ts';
import { registerSpace } from './register-space.ts';
import { modelSpace } from './model-space.ts';

/** Any model: one action for each distinct call. */
export function modelProblem<S>(history: PartitionedHistory, partition: Partition, model: Model<S>, initial: unknown): Problem {
  const numbers = new Map<string, number>();
  const calls: Call[] = [];
  const actions = new Int32Array(partition.count);
  for (let local = 0; local < partition.count; local++) {
    const call = history.callOf(partition.calls[local] as number);
    const name = nameOf(call);
    let action = numbers.get(name);
    if (action === undefined) {
      action = calls.length;
      numbers.set(name, action);
      calls.push(call);
    }
    actions[local] = action;
  }
  const specialized = model.specialize?.(calls) ?? model;
  const space = modelSpace(specialized, calls);
  return {
    operationCount: partition.count,
    actions,
    events: partition.events,
    returns: partition.returns,
    obliged: obligations(partition.returns),
    space,
    initialStates: [space.intern(specialized.init(initial))],
  };
}

function nameOf(call: Call): string {
  const output = typeof call.output === 'symbol' ? (call.output === UNKNOWN_OUTPUT ? '?' : '!') : canonical(call.output);
  return `${call.f}\n${call.key === undefined ? '' : JSON.stringify(call.key)}\n${canonical(call.input)}\n${output}`;
}

/** A register, without its irrelevant calls. */
export function registerProblem(columns: RegisterColumns, relevant: Uint8Array, partition: Partition): Problem {
  const space = registerSpace(columns);
  return {
    operationCount: partition.count,
    actions: space.actions,
    events: relevant.includes(0) ? partition.events.filter((event) => relevant[event >> 1] === 1) : partition.events,
    returns: partition.returns,
    obliged: obligations(partition.returns),
    space,
    initialStates: [columns.initial],
  };
}

function obligations(returns: Int32Array): Uint8Array {
  return Uint8Array.from(returns, (position) => (position === NEVER ? 0 : 1));
}
