import type { Driver } from '../harness/drivers/types.ts';
import type { FaultRecord, RetryPromise } from '../harness/history/index.ts';
import type { FaultPlane } from '../harness/proxy/types.ts';
import type { NodeFaultSwitch } from './node-faults.ts';

/** What a nemesis may ask of the pipeline under test; answered by the target. */
export interface TargetProbe {
  /** Node that leads now according to the pipeline, with its fencing token; `undefined` while nobody does. */
  leader(signal: AbortSignal): Promise<{ readonly node: string; readonly token: number } | undefined>;
  /** Highest fencing token each replica has stored for the leader's scope; a replica that doesn't answer is absent. */
  replicaTokens(signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /** Resolves when every node is ready. */
  healthy(signal: AbortSignal): Promise<void>;
  readonly replicas: readonly string[];
  /** All nodes, by name. */
  readonly nodes: readonly string[];
  nodesOfRole(role: string): readonly string[];
  /** Fencing scope of the leader's writes. */
  readonly leaderScope: string;
  /** Key of the register that holds the leader's lease; renewing it is no effect. */
  readonly leaseKey: string;
  /** Longest time the leader's lease can last, in milliseconds. */
  readonly leaseMs: number;
  /** Breaks clocks and disks inside nodes; absent where the target's nodes have no switch for that. */
  readonly nodeFaults?: NodeFaultSwitch;
  /** What the pipeline promises of its retries; absent where it says nothing. */
  readonly retries?: RetryPromise;
  /** What was measured before the load began, where a nemesis of the run needs it. */
  readonly calibration?: Calibration;
}

/** How much one role can do, and is asked to do. */
export interface Calibration {
  readonly role: string;
  /** μ: calls with an effect that all its nodes together carried out in a second. */
  readonly capacityPerSecond: number;
  /** λ: such calls that the load makes a second. Absent where the workload doesn't say how many an operation makes. */
  readonly offeredPerSecond?: number;
}

export interface NemesisContext {
  readonly driver: Driver;
  readonly plane: FaultPlane;
  readonly target: TargetProbe;
  /** Nanoseconds since the run began. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Uniform in [0, 1), from this nemesis's own seeded stream. */
  random(): number;
  /** Progress for people. */
  note(message: string): void;
}

/** A planned fault: pure data, written to `schedule.json`. Times are milliseconds after the fault window opens. */
export interface PlannedFault {
  readonly id: string;
  readonly nemesis: string;
  readonly atMs: number;
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

export interface PlanWindow {
  /** How long the fault window is; faults should have healed by then. */
  readonly faultsMs: number;
  /** Mean time from the end of one fault to the beginning of the next. */
  readonly intervalMs: number;
  readonly target: Pick<TargetProbe, 'leaseMs'>;
  /** Uniform in [0, 1), from the schedule's own stream. */
  random(): number;
}

/** What a run with a nemesis needs where nobody said otherwise. */
export interface NemesisNeeds {
  /** Length of the load. */
  readonly timeMs?: number;
  readonly targetOptions?: Readonly<Record<string, string | number | boolean>>;
  /** The capacity of this role, to be measured; and the share of it that the load is to ask for. */
  readonly calibration?: { readonly role: string; readonly offeredShare: number };
}

export interface Nemesis {
  readonly name: string;
  /** What it does, one sentence, for `harness list nemeses`. */
  readonly description: string;
  /** How its effect is proven, one sentence. */
  readonly provenBy: string;
  /** Options with their defaults, for `--nemesis name:key=value`. */
  readonly options: Readonly<Record<string, { readonly default: string | number | boolean; readonly description: string }>>;
  /** It breaks clocks or disks inside nodes, so the target's nodes need a switch for that. */
  readonly needsNodeFaults?: true;
  /** CSS colour of its band in graphs. */
  readonly colour: string;
  readonly needs?: NemesisNeeds;
  /** Is the same fault worth running against unbound retries, for the contrast? */
  readonly hasControl?: boolean;
  /**
   * A nemesis that is made of others plans their faults instead of faults of its own. Pure but for `random`; times are milliseconds after the
   * fault window opens, ids begin with this nemesis's name.
   */
  plan?(window: PlanWindow): readonly PlannedFault[];
  /** Roughly how long one injection takes to the end of healing, milliseconds; spacing of the schedule. */
  typicalDurationMs(target: Pick<TargetProbe, 'leaseMs'>, options: PlannedFault['options']): number;
  /** Inject, prove, heal. Heals in `finally`; when `signal` aborts it heals at once and returns what it has. */
  inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord>;
}
