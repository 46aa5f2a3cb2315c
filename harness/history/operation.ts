/**
 * One half of a client call (or of a fault), as it stands on one line of `history.jsonl`.
 * An operation is recorded twice: when it is invoked and when it completes.
 */

/** `ok` it happened; `fail` it did not and never will; `info` nobody knows, it may still take effect later. */
export type CompletionType = 'ok' | 'fail' | 'info';
export type OperationType = 'invoke' | CompletionType;

/** The process that injects and heals faults. Clients are non-negative integers. */
export const NEMESIS = 'nemesis';
export type Process = number | typeof NEMESIS;

/** Why a completion is `fail` or `info`; `code` is a key of the error registry in `errors.ts`. */
export interface OperationError {
  readonly code: string;
  readonly message: string;
}

export interface Operation {
  /** Position in the history, dense from 0. */
  readonly index: number;
  /** Nanoseconds since the run began, monotonic. */
  readonly time: number;
  readonly process: Process;
  readonly type: OperationType;
  /** The function called: `read`, `write`, `cas`, `place-order`, … */
  readonly f: string;
  /** The argument on `invoke`, the result on completion. Plain JSON. */
  readonly value: unknown;
  readonly error?: OperationError;
  /** The node the call went to. */
  readonly node?: string;
  /** The object it concerns (register key, order id, SKU). */
  readonly key?: string;
  /** Open-loop load: when the schedule wanted the call to start, nanoseconds. Latency counts from here. */
  readonly intended?: number;
}
