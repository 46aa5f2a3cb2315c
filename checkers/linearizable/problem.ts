/**
 * What the search is given: one partition of a history, in numbers.
 * Operations, actions and states are dense integers, so that the hot path touches typed arrays alone.
 */

/** An `info` operation never returns. */
export const NEVER = 0x7fffffff;

export const READ = 0;
export const OVERWRITE = 1;
export const UPDATE = 2;

/** The states of a model and the steps between them, numbered as they are found. */
export interface StateSpace {
  /** By action: `READ`, `OVERWRITE` or `UPDATE` (see `Nature` in the models). */
  readonly natures: Uint8Array;
  /** The state after `action` in `state`, or -1 when the action is rejected there. */
  next(state: number, action: number): number;
  /** How many states have been numbered so far. */
  stateCount(): number;
  /** A rough count of the bytes held for states and steps. */
  bytes(): number;
  describe(state: number): string;
}

export interface Problem {
  readonly operationCount: number;
  /** Operation → action. */
  readonly actions: Int32Array;
  /** `operation << 1 | (1 when it is the return)`, in real-time order. */
  readonly events: Int32Array;
  /** Operation → position of its return in `events`, or `NEVER`. */
  readonly returns: Int32Array;
  /** 1: it must take effect before its return. 0: it may (an `info`, or one that was relaxed to look for the cause of a violation). */
  readonly obliged: Uint8Array;
  readonly space: StateSpace;
  readonly initialStates: readonly number[];
}
