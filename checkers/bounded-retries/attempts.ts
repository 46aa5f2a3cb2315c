/** The calls on the stormed edge, as attempts of operations. */
import type { RetryStormFacts, TrafficRecord } from '../../harness/history/index.ts';
import { effectCalls, isCopy, isFinalAnswer, operationOf } from '../evidence/index.ts';

export interface Attempt {
  readonly record: TrafficRecord;
  readonly operation: string;
  /** Who asks: a process in one term of its leadership. A successor that asks again after a takeover begins anew, with a budget of its own. */
  readonly asker: string;
  readonly atMs: number;
  /** By what its caller says of it: a later attempt, or any attempt of a later round of asking. */
  readonly isRetry: boolean;
  /** By what the edge saw: nobody in the asker's place had asked for the operation before, whatever the call says of itself. */
  readonly isFirstSeen: boolean;
}

/** In the order they came. What a fault delivered by itself is nobody's attempt. */
export function attemptsOn({ edge }: RetryStormFacts, traffic: readonly TrafficRecord[]): readonly Attempt[] {
  const onEdge = traffic.filter((record) => hasRole(record.from, edge.fromRole) && hasRole(record.to, edge.toRole) && !isCopy(record));
  const calls = effectCalls(onEdge.sort((a, b) => a.receivedAt - b.receivedAt));
  const askedBy = new Map<string, Set<string>>();
  return calls.map((call) => {
    const { record } = call;
    const operation = operationOf(call) ?? `${record.path} ${record.requestDigest ?? ''}`;
    const asker = `${record.from} ${record.fencingToken ?? ''}`;
    const asked = askedBy.get(asker) ?? new Set<string>();
    askedBy.set(asker, asked);
    const isFirstSeen = !asked.has(operation);
    asked.add(operation);
    const { attempt, round } = record;
    const isRetry = attempt === undefined && round === undefined ? !isFirstSeen : (attempt ?? 1) > 1 || (round ?? 0) > 0;
    return { record, operation, asker, atMs: record.receivedAt / 1e6, isRetry, isFirstSeen };
  });
}

export function hasRole(node: string, role: string): boolean {
  return node === role || node.startsWith(`${role}-`);
}

/** When operations succeeded in time: within `onTimeMs` of the first attempt anybody made. Milliseconds, sorted; an operation counts once. */
export function onTimeSuccesses(attempts: readonly Attempt[], onTimeMs: number): readonly number[] {
  const firstAt = new Map<string, number>();
  const succeededAt = new Map<string, number>();
  for (const { operation, atMs, record } of attempts) {
    if (!firstAt.has(operation)) firstAt.set(operation, atMs);
    if (!isFinalAnswer(record) || record.outcome !== 'completed' || record.respondedAt === undefined) continue;
    const at = record.respondedAt / 1e6;
    succeededAt.set(operation, Math.min(at, succeededAt.get(operation) ?? at));
  }
  return [...succeededAt]
    .filter(([operation, at]) => at - (firstAt.get(operation) ?? at) <= onTimeMs)
    .map(([, at]) => at)
    .sort((a, b) => a - b);
}
