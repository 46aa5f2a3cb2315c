/** Decides one partition by the fastest method that applies: a monitor where the values written are unique, else the search. */
import type { Model } from '../models/index.ts';
import { type Budget, countedBudget, eitherBudget, unlimited } from './budget.ts';
import { modelProblem, registerProblem } from './formulate.ts';
import { type CollectionSpans, collectionMonitors, collectionSpans, firstConflict, withEveryUnknownRemoval } from './monitors/index.ts';
import type { Partition, PartitionedHistory } from './partitions.ts';
import { NEVER, type Problem } from './problem.ts';
import { type RegisterColumns, RegisterTable, relevantCalls } from './register-columns.ts';
import { firstImpossibleReturn, hasUniqueWrites } from './register-monitor.ts';
import { search } from './search.ts';

/** `configurations`: how many the search looked at; `mostHeld`: how many it held at one time, which is what its memory grows with. */
export type Decision = { readonly configurations: number; readonly mostHeld: number } & (
  | { readonly outcome: 'linearizable' }
  /** `event`: position in the partition's events of the first return that can't be explained. */
  | { readonly outcome: 'not-linearizable'; readonly event: number }
  | { readonly outcome: 'exhausted'; readonly reason: 'time' | 'memory' }
);

/** Decides the partitions of one history, one at a time. */
export function decider<S>(
  history: PartitionedHistory,
  model: Model<S>,
  initial: unknown,
  budget: Budget,
): (partition: Partition) => Decision {
  const { asRegister, collection } = model;
  const decideModel = (partition: Partition, within: Budget = budget): Decision =>
    decideBySearch(modelProblem(history, partition, model, initial), partition, within);
  const isEmptyAtFirst = model.canonical(model.init(initial)) === model.canonical(model.init(undefined));
  if (collection !== undefined && isEmptyAtFirst) {
    const conflictBefore = collectionMonitors[collection.order];
    return (partition) => {
      const spans = collectionSpans(history, partition, collection.as);
      if (spans === undefined) return decideModel(partition);
      return decideCollection(spans, partition, conflictBefore, (limits) => decideModel(partition, eitherBudget(budget, limits)));
    };
  }
  if (asRegister === undefined) return decideModel;
  const table = new RegisterTable(history, asRegister, model.init(initial));
  return (partition) => {
    const columns = table.columnsOf(partition);
    return columns === undefined ? decideModel(partition) : decideRegister(columns, partition, budget);
  };
}

/** Past so many questions (of 512 steps) it is enough to know that there is a violation. */
const EXACTLY_WHERE = 200;

/**
 * Removals of which nobody knows what they removed need not have happened, and can't have removed more than everything: if the history is
 * explained without them it is explained, and if there is a conflict even with as many of them as could be wanted, there is one. In
 * between, and for where exactly, it is searched.
 */
function decideCollection(
  spans: CollectionSpans,
  { events }: Partition,
  conflictBefore: (spans: CollectionSpans, end: number) => number,
  searched: (limits: Budget) => Decision,
): Decision {
  const without = firstConflict((end) => conflictBefore(spans, end), events.length);
  if (without === -1 || spans.unknownRemoval === NEVER) return decided(without);
  const relaxed = withEveryUnknownRemoval(spans);
  const certain = firstConflict((end) => conflictBefore(relaxed, end), events.length);
  if (certain === -1) return searched(unlimited);
  const found = searched(countedBudget(EXACTLY_WHERE));
  return found.outcome === 'exhausted' ? decided(certain) : found;
}

function decideRegister(columns: RegisterColumns, partition: Partition, budget: Budget): Decision {
  const relevant = relevantCalls(columns, partition.returns);
  if (!hasUniqueWrites(columns, relevant)) return decideBySearch(registerProblem(columns, relevant, partition), partition, budget);
  return decided(firstImpossibleReturn(columns, relevant, partition));
}

/** What a monitor found: the first impossible return, or -1. */
function decided(event: number): Decision {
  const examined = { configurations: 0, mostHeld: 0 };
  return event === -1 ? { outcome: 'linearizable', ...examined } : { outcome: 'not-linearizable', event, ...examined };
}

function decideBySearch(problem: Problem, partition: Partition, budget: Budget): Decision {
  const found = search(problem, { budget });
  if (found.outcome !== 'not-linearizable') return found;
  const { configurations, mostHeld } = found;
  // The search may have left irrelevant events out; positions are those of the partition.
  const operation = (problem.events[found.event] as number) >> 1;
  return { outcome: 'not-linearizable', event: partition.returns[operation] as number, configurations, mostHeld };
}
