/**
 * A target: what the harness must know of a pipeline to deploy it, watch it and read its books. Write one to point the harness at yours;
 * the nodes may be in any language. `reference.ts` is the complete example.
 */

import type { NodeFaultSwitch } from '../../nemesis/index.ts';
import type { FenceRefusal, Ledger, LogRecord, RetryPromise, TrafficRecord } from '../history/index.ts';
import type { Classify, HeaderNames } from '../proxy/index.ts';

export interface TargetNode {
  readonly name: string;
  readonly role: string;
}

/** Where a node finds itself and its peers. Peer addresses are those of the edge proxies, never of the peers themselves. */
export interface Placement {
  readonly host: string;
  readonly port: number;
  /** A directory of its own that survives a restart. */
  readonly dataDirectory: string;
  /** The Node.js executable where the node runs. */
  readonly nodeExecutable: string;
  /** Where one of the target's `files` is there. */
  pathOf(file: string): string;
  /** URLs of the nodes of `role` as this node reaches them, by name, without this node itself. */
  peers(role: string): ReadonlyMap<string, string>;
}

export interface StartCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What a run asks of the pipeline. */
export interface DeploymentOptions {
  readonly replicas: number;
  readonly readQuorum: number;
  readonly writeQuorum: number;
  readonly leaseMs: number;
  readonly inventoryConsistency: 'linearizable' | 'eventual';
  readonly bug?: string;
  /** Nodes obey whoever knows it in what is to be wrong with their clocks and disks; absent when nothing is. */
  readonly faultKey?: string;
  /** Those of the target's own options that don't have their defaults. */
  readonly targetOptions?: Readonly<Record<string, string | number | boolean>>;
}

/** Direct addresses of the running nodes, for probing only; nothing that counts as evidence goes this way. */
export type Addresses = ReadonlyMap<string, string>;

export interface Target {
  readonly name: string;
  /** One sentence, for `harness list targets`. */
  readonly description: string;
  /** Files of this machine that nodes need. A driver that runs them elsewhere takes the files there. */
  readonly files: readonly string[];
  /** What can be set of this target beside what every target has. */
  readonly options?: Readonly<Record<string, { readonly default: string | number | boolean; readonly description: string }>>;
  /** What it promises of its retries, where it retries at all, and the seeded bug that breaks the promise altogether. */
  readonly retries?: RetryPromise & { readonly brokenBy?: string };
  /**
   * Has a node do the work of one call that has an effect, with no effect that the final reads show; resolves `true` once it is done. The
   * capacity of a role is measured with it. Absent for roles of which none is known.
   */
  readonly work?: Readonly<Record<string, (url: string, signal: AbortSignal) => Promise<boolean>>>;
  nodes(options: DeploymentOptions): readonly TargetNode[];
  /** Roles that `role` calls: an edge proxy is opened from each of its nodes to each of theirs. */
  calls(role: string): readonly string[];
  /** Role whose nodes clients talk to. */
  readonly clientRole: string;
  start(node: TargetNode, placement: Placement, options: DeploymentOptions): StartCommand;
  /** Resolves `true` once the node is ready for work. */
  ready(node: TargetNode, url: string, signal: AbortSignal): Promise<boolean>;
  /** What a call means, by its method and path; kinds are those of `TrafficRecord.kind`. */
  readonly classify: Classify;
  readonly headerNames?: Partial<HeaderNames>;
  /** A line a node printed, as a structured record, or `undefined` when checkers have no use for it. */
  parseLog(node: string, line: string): LogRecord | undefined;
  /** Where nodes expose Prometheus text; absent: nothing is scraped. */
  readonly metricsPath?: string;
  /** How nodes are told what is to be wrong with their clocks and disks; absent: nemeses that need it are refused. */
  nodeFaults?(addresses: Addresses, faultKey: string): NodeFaultSwitch;
  readonly leaderScope: string;
  /** Key, as `classify` gives it, under which the leader's lease is written. */
  readonly leaseKey: string;
  readonly replicaRole: string;
  /** What a replica answers to a write under a token lower than its own. Absent: as the reference does, 412 with the problem `fenced`, and a line. */
  readonly fenceRefusal?: FenceRefusal;
  leader(addresses: Addresses, signal: AbortSignal): Promise<{ readonly node: string; readonly token: number } | undefined>;
  /** Highest token each replica has stored for `leaderScope`; those that don't answer are left out. */
  replicaTokens(addresses: Addresses, signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /** What is still going on (unfinished sagas, unconsumed events), or `undefined` once the pipeline is quiet. */
  unrest(addresses: Addresses, signal: AbortSignal): Promise<string | undefined>;
  /** Keys whose copies on every replica the final reads must show, given the traffic of the run. */
  keysOfInterest(traffic: readonly TrafficRecord[]): readonly string[];
  finalReads(addresses: Addresses, keys: readonly string[], options: DeploymentOptions, signal: AbortSignal): Promise<Ledger>;
}
