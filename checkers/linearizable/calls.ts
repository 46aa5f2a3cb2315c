/**
 * Reads a history as calls: pairs invocations with completions, and refuses what is not a history at all. A broken recording must never
 * be mistaken for a broken system, so everything here is an input error with the operation it stands at.
 */
import { NEMESIS, type Operation } from '../../harness/history/index.ts';

export const OK = 0;
export const FAIL = 1;
export const INFO = 2;

/** Client calls in the order of their invocations. A call that never completed is `INFO`. */
export interface Calls {
  readonly count: number;
  /** Call → position of its invocation in the array of operations. */
  readonly invocations: Int32Array;
  /** Call → position of its completion, -1 when there is none. */
  readonly completions: Int32Array;
  readonly outcomes: Uint8Array;
  /** Position in the array of operations → call, -1 for the nemesis. */
  readonly callAt: Int32Array;
}

/** Why something is not a history. */
export interface HistoryProblem {
  /** Position in the array of operations, from 0. */
  readonly position: number;
  /** The operation's own `index`. */
  readonly index: number;
  readonly message: string;
}

export type PairedCalls = { readonly calls: Calls } | { readonly problem: HistoryProblem };

/** Marks a process whose last operation is `info`: its number is retired. */
const RETIRED = -2;
const IDLE = -1;

export function pairCalls(operations: readonly Operation[]): PairedCalls {
  const most = operations.length;
  const invocations = new Int32Array(most);
  const completions = new Int32Array(most).fill(-1);
  const outcomes = new Uint8Array(most).fill(INFO);
  const callAt = new Int32Array(most).fill(-1);
  const pending = new PendingCalls();
  let count = 0;
  let time = Number.NEGATIVE_INFINITY;

  for (let position = 0; position < most; position++) {
    const operation = operations[position] as Operation;
    const { process, type } = operation;
    if (process === NEMESIS) continue;
    const open = Number.isInteger(process) && process >= 0 ? pending.get(process) : IDLE;
    const message = problemWith(operation, time, open, operations, invocations);
    if (message !== undefined) return { problem: { position, index: operation.index, message } };
    time = operation.time;
    if (type === 'invoke') {
      invocations[count] = position;
      callAt[position] = count;
      pending.set(process, count++);
      continue;
    }
    completions[open] = position;
    outcomes[open] = type === 'ok' ? OK : type === 'fail' ? FAIL : INFO;
    callAt[position] = open;
    pending.set(process, type === 'info' ? RETIRED : IDLE);
  }
  return {
    calls: {
      count,
      invocations: invocations.subarray(0, count),
      completions: completions.subarray(0, count),
      outcomes: outcomes.subarray(0, count),
      callAt,
    },
  };
}

/** `open` is the call that the process has open, `IDLE` or `RETIRED`; `time` is that of the event before. */
function problemWith(
  operation: Operation,
  time: number,
  open: number,
  operations: readonly Operation[],
  invocations: Int32Array,
): string | undefined {
  const { process, type, f } = operation;
  if (!Number.isInteger(process) || Number(process) < 0)
    return `expected process to be a whole number or "${NEMESIS}", got ${JSON.stringify(process)}`;
  if (!Number.isFinite(operation.time)) return `expected time to be a number of nanoseconds, got ${String(operation.time)}`;
  if (operation.time < time) return `time goes backwards: ${operation.time} ns after ${time} ns`;
  if (type === 'invoke') {
    if (open === IDLE) return undefined;
    if (open === RETIRED) return `process ${process} invokes ${f} after an operation of its own ended as info; its number is retired`;
    return `process ${process} invokes ${f} while its ${describeAt(operations, invocations[open] as number)} is still open`;
  }
  if (type !== 'ok' && type !== 'fail' && type !== 'info')
    return `expected type to be invoke, ok, fail or info, got ${JSON.stringify(type)}`;
  if (open < 0)
    return `process ${process} completes ${f} (${type}) but has no open operation: the invocation is missing, or was completed before`;
  const at = invocations[open] as number;
  const invocation = operations[at] as Operation;
  if (invocation.f !== f) return `process ${process} completes ${f}, but its open operation is ${describeAt(operations, at)}`;
  if (invocation.key !== operation.key && invocation.key !== undefined && operation.key !== undefined) {
    return `${f} was invoked on key ${JSON.stringify(invocation.key)} and completed on key ${JSON.stringify(operation.key)}: one operation can't be of two partitions`;
  }
  return undefined;
}

function describeAt(operations: readonly Operation[], position: number): string {
  const operation = operations[position] as Operation;
  return `${operation.f} invoked at index ${operation.index}`;
}

/** Process → its open call. Processes are usually small numbers; those that are not go to a map. */
class PendingCalls {
  #small = new Int32Array(1024).fill(IDLE);
  readonly #large = new Map<number, number>();

  get(process: number): number {
    if (process < this.#small.length) return this.#small[process] as number;
    return this.#large.get(process) ?? IDLE;
  }

  set(process: number, call: number): void {
    if (process < this.#small.length) this.#small[process] = call;
    else this.#large.set(process, call);
  }
}

/**
 * Positions in real-time order. Intervals are closed: what happens at the same instant is concurrent, whatever the order in the file, so
 * that at equal times calls come before returns.
 */
export function realTimeOrder(operations: readonly Operation[]): Int32Array {
  const order = new Int32Array(operations.length);
  let filled = 0;
  let from = 0;
  while (from < operations.length) {
    const { time } = operations[from] as Operation;
    let to = from + 1;
    while (to < operations.length && (operations[to] as Operation).time === time) to++;
    if (to === from + 1) order[filled++] = from;
    else {
      for (let at = from; at < to; at++) if ((operations[at] as Operation).type === 'invoke') order[filled++] = at;
      for (let at = from; at < to; at++) if ((operations[at] as Operation).type !== 'invoke') order[filled++] = at;
    }
    from = to;
  }
  return order;
}
