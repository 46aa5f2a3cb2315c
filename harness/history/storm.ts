/**
 * What a `retry-storm` fault tells in its `FaultRecord.facts`: the figures by which its effect on one edge can be judged. A callee is stalled,
 * or fails, for a moment while load goes on; every caller retries; the question is whether the load that this makes stays bounded and whether
 * goodput comes back once the callee is well again.
 *
 * The size that makes it a test is λ·(1+β) < μ < λ·A: with a budget the callee can keep up, and without one it can't (λ `offeredPerSecond`,
 * β `budgetShare`, μ `capacityPerSecond`, A `attemptsMax`).
 */
export interface RetryStormFacts {
  /** Callers and callees, by role. */
  readonly edge: { readonly fromRole: string; readonly toRole: string };
  /** A: attempts that one asking may make. */
  readonly attemptsMax: number;
  /** β: retries for each first attempt. */
  readonly budgetShare: number;
  /** m: retries a second that the budget of one process always allows. */
  readonly budgetFloorPerSecond: number;
  /** τ: the time over which the budget counts. */
  readonly budgetWindowMs: number;
  /** n: processes that call over this edge, each with a budget of its own. */
  readonly clientProcesses: number;
  /** μ: effects a second that all callees together can carry out. */
  readonly capacityPerSecond: number;
  /** λ: first attempts a second that the load makes on this edge. */
  readonly offeredPerSecond: number;
  /** Nanoseconds since the run began: when the callee stopped to answer well, and when it began again. */
  readonly stallStartedAt: number;
  readonly stallEndedAt: number;
  /** After this a caller gives an attempt up. */
  readonly timeoutMs: number;
  readonly longestBackoffMs: number;
  /** After the stall has ended: until then calls may still exceed the capacity. */
  readonly graceMs: number;
  /** A success that comes later than this after its operation's first attempt is of no use. */
  readonly onTimeMs: number;
  /** The same trigger against the same pipeline with its budget off, where that was measured. */
  readonly control?: {
    /** Attempts for each operation, from the stall until the end of the grace. */
    readonly amplification: number;
    readonly recovered: boolean;
    /** How long recovery took; absent when it never came. */
    readonly recoveryMs?: number;
  };
}

/** What a pipeline promises of its retries on one edge: the figures of a storm that are its own, whatever the load and the machine. */
export type RetryPromise = Pick<
  RetryStormFacts,
  'edge' | 'attemptsMax' | 'budgetShare' | 'budgetFloorPerSecond' | 'budgetWindowMs' | 'timeoutMs' | 'longestBackoffMs' | 'onTimeMs'
>;
