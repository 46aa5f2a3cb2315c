/** Puts a partition into numbers for the search. */
import { type Call, canonical, type Model, UNKNOWN_OUTPUT } from '../models/index.ts';
import type { Partition, PartitionedHistory } from './partitions.ts';
import { NEVER, type Problem } from './problem.ts';
import { modelSpace } from './space.ts';

export function problemOf<S>(history: PartitionedHistory, partition: Partition, model: Model<S>, initial: unknown): Problem {
  const numbers = new Map<string, number>();
  const calls: Call[] = [];
  const actions = new Int32Array(partition.count);
  const obliged = new Uint8Array(partition.count);
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
    obliged[local] = partition.returns[local] === NEVER ? 0 : 1;
  }
  const space = modelSpace(model, calls);
  return {
    operationCount: partition.count,
    actions,
    events: partition.events,
    returns: partition.returns,
    obliged,
    space,
    initialStates: [space.intern(model.init(initial))],
  };
}

function nameOf(call: Call): string {
  const output = typeof call.output === 'symbol' ? (call.output === UNKNOWN_OUTPUT ? '?' : '!') : canonical(call.output);
  return `${call.f}\n${call.key === undefined ? '' : JSON.stringify(call.key)}\n${canonical(call.input)}\n${output}`;
}
