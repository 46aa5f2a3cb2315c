/**
 * Does one total order of the operations, consistent with real time, explain every result under the model?
 *
 *     checkLinearizable(history, { model: models['cas-register'], limits: { timeMs: 10_000, memoryBytes: 1e9 } })
 */
import type { Operation } from '../../harness/history/index.ts';
import type { CheckLimits } from '../checker.ts';
import { type Budget, budgetOf } from './budget.ts';
import { decider } from './decide.ts';
import { explain, nameReturn } from './evidence.ts';
import { type PartitionedHistory, partitionHistory, type Semantics } from './partitions.ts';
import type { LinearizabilityOptions, LinearizabilityResult, UnknownReason } from './result.ts';

export function checkLinearizable<S>(operations: readonly Operation[], options: LinearizabilityOptions<S>): LinearizabilityResult {
  const { model, limits } = options;
  const semantics: Semantics = { nilReads: options.nilReads ?? 'value', failedCas: options.failedCas ?? 'ignore' };
  const budget = budgetOf(limits);
  const history = partitionHistory(operations, model, semantics);
  if ('problem' in history) {
    const { position, index, message } = history.problem;
    return unknown({ kind: 'invalid-history', message: `Not a history: at index ${index}, ${message}.`, index, position }, nothingExamined);
  }
  const examined = count(history);
  if (history.constraining === 0) return unknown({ kind: 'vacuous', message: vacuous(examined) }, examined);
  return judge(history, options, budget);
}

function judge<S>(
  history: PartitionedHistory,
  { model, initial, limits, evidence }: LinearizabilityOptions<S>,
  budget: Budget,
): LinearizabilityResult {
  let configurations = 0;
  let exhausted: UnknownReason | undefined;
  const decide = decider(history, model, initial, budget);
  for (let number = 0; number < history.partitionCount; number++) {
    const partition = history.partition(number);
    const decision = decide(partition);
    configurations += decision.configurations;
    if (decision.outcome === 'exhausted') exhausted ??= exhaustion(decision.reason, partition.key, limits);
    if (decision.outcome !== 'not-linearizable') continue;
    const firstImpossible = nameReturn(history, partition, model, decision.event);
    const found = evidence === 'none' ? {} : explain(history, partition, model, initial, decision.event);
    return {
      verdict: 'invalid',
      summary: `Not linearizable${onKey(partition.key)}: no order of the operations explains ${firstImpossible.description} (index ${firstImpossible.completion}).`,
      examined: { ...count(history), configurations },
      ...(partition.key === undefined ? {} : { key: partition.key }),
      firstImpossible,
      ...found,
    };
  }
  const examined = { ...count(history), configurations };
  if (exhausted !== undefined) return unknown(exhausted, examined);
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

type Examined = LinearizabilityResult['examined'];

const nothingExamined: Examined = { operations: 0, ok: 0, fail: 0, info: 0, constraining: 0, partitions: 0, configurations: 0 };

function count(history: PartitionedHistory): Examined {
  return {
    operations: history.calls.count,
    ...history.outcomes,
    constraining: history.constraining,
    partitions: history.partitionCount,
    configurations: 0,
  };
}

function vacuous({ operations, ok, fail, info }: Examined): string {
  if (operations === 0) return 'Nothing to judge: the history has no client operations.';
  return `Nothing to judge: no completed operation says anything about the state (${ok} ok, ${fail} fail, ${info} info).`;
}

function unknown(reason: UnknownReason, examined: Examined): LinearizabilityResult {
  return { verdict: 'unknown', summary: reason.message, examined, reason };
}
