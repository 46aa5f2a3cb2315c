/**
 * What a reporter is given and what it may do. A reporter turns a finished run into something a person or a machine reads;
 * the verdict is already made, and nothing here can change it.
 */
import type { RunEvidence, RunVerdict } from '../harness/history/index.ts';

/** How often each function ended in each way. */
export interface OutcomeCounts {
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
}

/** The run in numbers and names: everything a reader needs to know which run this was, and to run it again. */
export interface RunSummary {
  readonly name: string;
  readonly startedAtIso: string;
  readonly durationMs: number;
  readonly seed: number;
  /** The arguments as typed, after the command: `['test', '--time', '300']`. */
  readonly argv: readonly string[];
  /** One line that a person can paste into a shell. */
  readonly replayCommand: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly runDirectory: string;
  readonly nemeses: readonly string[];
  readonly workload: string;
  /** The seeded bug, when one was switched on. */
  readonly bug?: string;
  readonly stats: {
    /** By function. */
    readonly ops: Readonly<Record<string, OutcomeCounts>>;
    readonly opsPerSecond: number;
    /** Arrivals of an open loop that were never made, since every client was busy. */
    readonly missed: number;
  };
  /** What happened that was not planned, one sentence each, without its full stop. */
  readonly remarks: readonly string[];
  readonly exitCode: number;
}

export interface ReportInput {
  readonly verdict: RunVerdict;
  readonly run: RunSummary;
  readonly evidence: RunEvidence;
}

/** Where a reporter may write. Text is written as it is: a reporter ends its own lines. */
export interface ReportOutput {
  readonly runDirectory: string;
  /** Whether text for people may carry colour; see `wantsColour`. */
  readonly colour: boolean;
  stdout(text: string): void;
  stderr(text: string): void;
}

export interface Reporter {
  readonly name: string;
  report(input: ReportInput, out: ReportOutput): Promise<void>;
}
