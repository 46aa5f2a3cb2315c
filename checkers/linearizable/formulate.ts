/** Puts calls into numbers for the search. */
import { type Call, canonical, type Model, UNKNOWN_OUTPUT } from '../models/index.ts';
import { modelSpace } from './model-space.ts';
import type { Partition, PartitionedHistory } from './partitions.ts';
import { NEVER, type Problem } from './problem.ts';
import type { RegisterColumns } from './register-columns.ts';
import { registerSpace } from './register-space.ts';

/** Any model. */
export function modelProblem<S>(history: PartitionedHistory, partition: Partition, model: Model<S>, initial: unknown): Problem {
  const calls = Array.from(partition.calls, (call) => history.callOf(call));
  const { problem, intern } = problemOfCalls(calls, partition.events, partition.returns, obligations(partition.returns), model);
  return { ...problem, initialStates: [intern(model.init(initial))] };
}

/** One action for each distinct call. Initial states are the caller's to set. */
export function problemOfCalls<S>(
  calls: readonly Call[],
  events: Int32Array,
  returns: Int32Array,
  obliged: Uint8Array,
  model: Model<S>,
): { readonly problem: Problem; readonly intern: (state: S) => number } {
  const numbers = new Map<string, number>();
  const distinct: Call[] = [];
  const actions = Int32Array.from(calls, (call) => {
    const name = nameOf(call);
    let action = numbers.get(name);
    if (action === undefined) {
      action = distinct.length;
      numbers.set(name, action);
      distinct.push(call);
    }
    return action;
  });
  const specialized = model.specialize?.(distinct);
  const space = modelSpace(specialized?.model ?? model, distinct);
  const problem = { operationCount: calls.length, actions, events, returns, obliged, space, initialStates: [] };
  return { problem, intern: (state) => space.intern(specialized?.stateFor(state) ?? state) };
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
