/** What a session needs and what it gives: plain data, and how it tells a person what it is doing. */
import type { Nemesis, SchedulePlan } from '../../nemesis/index.ts';
import type { ClientStats } from '../client/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import type { FaultRecord, Ledger, Operation, RunWindow } from '../history/index.ts';
import type { Target } from '../targets/index.ts';
import type { Workload } from '../workloads/index.ts';
import type { RunClock } from './clock.ts';
import type { Patience } from './quiesce.ts';
import type { Remark } from './remarks.ts';

export interface SessionOptions {
  readonly config: ResolvedConfig;
  readonly target: Target;
  readonly workload: Workload;
  readonly nemeses: ReadonlyMap<string, Nemesis>;
  readonly plan: SchedulePlan;
  readonly runDirectory: string;
  readonly clock: RunClock;
  readonly signal: AbortSignal;
  readonly observer: SessionObserver;
  readonly limits: SessionLimits;
}

/** How long what may take. */
export interface SessionLimits {
  /** Until every node is ready, after deployment and after a fault. */
  readonly healthyMs: number;
  readonly patience: Patience;
  /** After an interruption somebody is waiting. */
  readonly impatience: Patience;
  readonly finalReadsMs: number;
}

export const sessionLimits: SessionLimits = {
  healthyMs: 30_000,
  patience: { stallMs: 25_000, limitMs: 180_000 },
  impatience: { stallMs: 3000, limitMs: 5000 },
  finalReadsMs: 60_000,
};

/** What a person watching is told. */
export interface SessionObserver {
  phase(name: string): void;
  note(text: string): void;
  /** For the live line. */
  watch(sources: { readonly operations: readonly Operation[]; readonly activeFaults: ReadonlySet<string> }): void;
}

export interface SessionResult {
  readonly history: readonly Operation[];
  readonly faults: readonly FaultRecord[];
  readonly windows: readonly RunWindow[];
  readonly replicas: readonly string[];
  readonly stats: ClientStats;
  /** Operations a second, where they followed from what was measured before the load. */
  readonly ratePerSecond?: number;
  readonly ledger: Ledger | undefined;
  /** What happened that was not planned. */
  readonly remarks: readonly Remark[];
  /** What could not be removed. */
  readonly leftovers: readonly string[];
}
