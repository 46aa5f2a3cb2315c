/** Decides one partition by the fastest method that applies: a monitor where the values written are unique, else the search. */
import type { Model } from '../models/index.ts';
import type { Budget } from './budget.ts';
import { modelProblem, registerProblem } from './formulate.ts';
import type { Partition, PartitionedHistory } from './partitions.ts';
import type { Problem } from './problem.ts';
import { firstImpossibleQueueReturn, queueColumns } from './queue-monitor.ts';
import { type RegisterColumns, RegisterTable, relevantCalls } from './register-columns.ts';
import { firstImpossibleReturn, hasUniqueWrites } from './register-monitor.ts';
import { search } from './search.ts';

export type Decision =
  | { readonly outcome: 'linearizable'; readonly configurations: number }
  /** `event`: position in the partition's events of the first return that can't be explained. */
  | { readonly outcome: 'not-linearizable'; readonly event: number; readonly configurations: number }
  | { readonly outcome: 'exhausted'; readonly reason: 'time' | 'memory'; readonly configurations: number };

/** Decides the partitions of one history, one at a time. */
export function decider<S>(
  history: PartitionedHistory,
  model: Model<S>,
  initial: unknown,
  budget: Budget,
): (partition: Partition) => Decision {
  const { asRegister, collection } = model;
  const decideModel = (partition: Partition): Decision =>
    decideBySearch(modelProblem(history, partition, model, initial), partition, budget);
  const isEmptyAtFirst = model.canonical(model.init(initial)) === model.canonical(model.init(undefined));
  if (collection?.order === 'fifo' && isEmptyAtFirst) {
    return (partition) => {
      const columns = queueColumns(history, partition, collection.as);
      return columns === undefined ? decideModel(partition) : decided(firstImpossibleQueueReturn(columns, partition));
    };
  }
  if (asRegister === undefined) return decideModel;
  const table = new RegisterTable(history, asRegister, model.init(initial));
  return (partition) => {
    const columns = table.columnsOf(partition);
    return columns === undefined ? decideModel(partition) : decideRegister(columns, partition, budget);
  };
}

function decideRegister(columns: RegisterColumns, partition: Partition, budget: Budget): Decision {
  const relevant = relevantCalls(columns, partition.returns);
  if (!hasUniqueWrites(columns, relevant)) return decideBySearch(registerProblem(columns, relevant, partition), partition, budget);
  return decided(firstImpossibleReturn(columns, relevant, partition.events, partition.returns));
}

/** What a monitor found: the first impossible return, or -1. */
function decided(event: number): Decision {
  return event === -1 ? { outcome: 'linearizable', configurations: 0 } : { outcome: 'not-linearizable', event, configurations: 0 };
}

function decideBySearch(problem: Problem, partition: Partition, budget: Budget): Decision {
  const found = search(problem, { budget });
  if (found.outcome !== 'not-linearizable') return found;
  // The search may have left irrelevant events out; positions are those of the partition.
  const operation = (problem.events[found.event] as number) >> 1;
  return { outcome: 'not-linearizable', event: partition.returns[operation] as number, configurations: found.configurations };
}
