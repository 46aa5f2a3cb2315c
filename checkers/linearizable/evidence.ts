/** Why a history has no explanation, as evidence a person can follow. */
import type { Operation } from '../../harness/history/index.ts';
import type { Model } from '../models/index.ts';
import type { Partition, PartitionedHistory } from './partitions.ts';
import type { NamedCall } from './result.ts';

export function explain<S>(history: PartitionedHistory, partition: Partition, model: Model<S>, _initial: unknown, event: number): { firstImpossible: NamedCall } {
  const local = (partition.events[event] as number) >> 1;
  return { firstImpossible: nameCall(history, model, partition.calls[local] as number) };
}

export function nameCall<S>(history: PartitionedHistory, model: Model<S>, call: number): NamedCall {
  const { operations, calls } = history;
  const invocation = operations[calls.invocations[call] as number] as Operation;
  const at = calls.completions[call] as number;
  const completion = at === -1 ? undefined : (operations[at] as Operation);
  return {
    invocation: invocation.index,
    ...(completion === undefined ? {} : { completion: completion.index }),
    process: Number(invocation.process),
    description: model.describeCall(history.callOf(call)),
  };
}
