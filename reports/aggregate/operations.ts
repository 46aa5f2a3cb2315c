/**
 * Client operations with both their halves, in columns: a million of them are a few typed arrays rather than a million objects.
 */
import type { CompletionType, Operation } from '../../harness/history/index.ts';

export const outcomes = ['ok', 'fail', 'info'] as const satisfies readonly CompletionType[];

export interface ClientOperations {
  readonly count: number;
  readonly functions: readonly string[];
  /** Position in `functions`. */
  readonly functionOf: Uint16Array;
  /** Position in `outcomes`. */
  readonly outcomeOf: Uint8Array;
  /** When the schedule wanted it to start; its invocation where there was no schedule. */
  readonly startNs: Float64Array;
  /** Its completion; the end of the history when it never completed. */
  readonly endNs: Float64Array;
}

/**
 * Pairs invocations with completions by process; a process has one operation at a time. Latency counts from the intended start, since a
 * client that had to wait for its turn has waited too. What never completed is `info`: nobody knows.
 */
export function clientOperations(history: readonly Operation[]): ClientOperations {
  let invocations = 0;
  for (const { type, process } of history) if (type === 'invoke' && process !== 'nemesis') invocations++;
  const functionOf = new Uint16Array(invocations);
  const outcomeOf = new Uint8Array(invocations).fill(outcomes.indexOf('info'));
  const startNs = new Float64Array(invocations);
  const endNs = new Float64Array(invocations).fill(history.at(-1)?.time ?? 0);
  const functionIds = new Map<string, number>();
  const open = new Map<number, number>();
  let count = 0;
  for (const { process, type, f, time, intended } of history) {
    if (process === 'nemesis') continue;
    if (type === 'invoke') {
      const id = functionIds.get(f) ?? functionIds.size;
      functionIds.set(f, id);
      functionOf[count] = id;
      startNs[count] = intended === undefined ? time : Math.min(intended, time);
      open.set(process, count++);
    } else {
      const position = open.get(process);
      if (position === undefined) continue;
      open.delete(process);
      outcomeOf[position] = outcomes.indexOf(type);
      endNs[position] = time;
    }
  }
  return { count, functions: [...functionIds.keys()], functionOf, outcomeOf, startNs, endNs };
}
