/**
 * Does one total order of the operations, consistent with real time, explain every result under the model?
 *
 *     checkLinearizable(history, { model: models['cas-register'], limits: { timeMs: 10_000, memoryBytes: 1e9 } })
 */
import type { Operation } from '../../harness/history/index.ts';
import type { CheckLimits } from '../checker.ts';
import { type Budget, budgetOf } from './budget.ts';
import type { HistoryProblem } from './calls.ts';
import { decider } from './decide.ts';
import { explain, nameReturn } from './evidence.ts';
import { type PartitionedHistory, partitionHistory } from './partitions.ts';
import type { LinearizabilityOptions, LinearizabilityResult, UnknownReason } from './result.ts';

export function checkLinearizable<S>(operations: readonly Operation[], options: LinearizabilityOptions<S>): LinearizabilityResult {
  const budget = budgetOf(options.limits);
  const history = prepare(operations, options);
  if ('problem' in history) return notAHistory(history.problem);
  const examined = count(history);
  return examined.constraining === 0 ? vacuous(examined) : judge(history, options, budget);
}

/** The history in parts that can be judged alone, or what makes it none. */
export function prepare<S>(
  operations: readonly Operation[],
  { model, nilReads = 'value', failedCas = 'ignore' }: LinearizabilityOptions<S>,
): ReturnType<typeof partitionHistory> {
  return partitionHistory(operations, model, { nilReads, failedCas });
}

/** The verdict on a history that constrains something. */
export function judge<S>(
  history: PartitionedHistory,
  { model, initial, limits, evidence }: LinearizabilityOptions<S>,
  budget: Budget,
): LinearizabilityResult {
  let configurations = 0;
  let mostHeld = 0;
  let exhausted: UnknownReason | undefined;
  const decide = decider(history, model, initial, budget);
  for (let number = 0; number < history.partitionCount; number++) {
    const partition = history.partition(number);
    const decision = decide(partition);
    configurations += decision.configurations;
    mostHeld = Math.max(mostHeld, decision.mostHeld);
    if (decision.outcome === 'exhausted') exhausted ??= exhaustion(decision.reason, partition.key, limits);
    if (decision.outcome !== 'not-linearizable') continue;
    const firstImpossible = nameReturn(history, partition, model, decision.event);
    const found = evidence === 'none' ? {} : explain(history, partition, model, initial, decision.event);
    return {
      verdict: 'invalid',
      summary: `Not linearizable${onKey(partition.key)}: no order of the operations explains ${firstImpossible.description} (index ${firstImpossible.completion}).`,
      examined: { ...count(history), configurations, mostHeld },
      ...(partition.key === undefined ? {} : { key: partition.key }),
      firstImpossible,
      ...found,
    };
  }
  const examined = { ...count(history), configurations, mostHeld };
  return exhausted === undefined ? explained(examined) : unknown(exhausted, examined);
}

export function explained(examined: Examined): LinearizabilityResult {
  const { constraining, partitions } = examined;
  return {
    verdict: 'valid',
    summary: `Linearizable: one order explains all ${constraining} completed operations${partitions > 1 ? `, on each of ${partitions} keys` : ''}.`,
    examined,
  };
}

const onKey = (key: string | undefined): string => (key === undefined ? '' : ` on key ${JSON.stringify(key)}`);

function exhaustion(reason: 'time' | 'memory', key: string | undefined, limits: CheckLimits): UnknownReason {
  return reason === 'time'
    ? { kind: 'time-limit', message: `Undecided${onKey(key)} after ${limits.timeMs} ms, the time limit.` }
    : { kind: 'memory-limit', message: `Undecided${onKey(key)} within ${limits.memoryBytes} bytes, the memory limit.` };
}

export type Examined = LinearizabilityResult['examined'];

export const nothingExamined: Examined = {
  operations: 0,
  ok: 0,
  fail: 0,
  info: 0,
  constraining: 0,
  partitions: 0,
  configurations: 0,
  mostHeld: 0,
};

export function count(history: PartitionedHistory): Examined {
  return {
    operations: history.calls.count,
    ...history.outcomes,
    constraining: history.constraining,
    partitions: history.partitionCount,
    configurations: 0,
    mostHeld: 0,
  };
}

export function notAHistory({ position, index, message }: HistoryProblem): LinearizabilityResult {
  return unknown({ kind: 'invalid-history', message: `Not a history: at index ${index}, ${message}.`, index, position }, nothingExamined);
}

export function vacuous(examined: Examined): LinearizabilityResult {
  const { operations, ok, fail, info } = examined;
  const message =
    operations === 0
      ? 'Nothing to judge: the history has no client operations.'
      : `Nothing to judge: no completed operation says anything about the state (${ok} ok, ${fail} fail, ${info} info).`;
  return unknown({ kind: 'vacuous', message }, examined);
}

export function unknown(reason: UnknownReason, examined: Examined): LinearizabilityResult {
  return { verdict: 'unknown', summary: reason.message, examined, reason };
}
