/** Where nodes run. The same verbs for processes, containers and SSH hosts. Every verb is idempotent and has a deadline of its own. */
export interface NodeSpec {
  readonly name: string;
  readonly role: string;
  /** Argument vector; `argv[0]` is an executable. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Port the node listens on, on its own host. */
  readonly port: number;
}

export type NodeState = 'running' | 'paused' | 'exited' | 'absent';

export interface NodeStatus {
  readonly state: NodeState;
  readonly pid?: number;
  /** Exit code or signal of the last exit, if it exited. */
  readonly exit?: string;
}

/** An edge that is cut, and what of it is lost: all (`request`), or only what comes back (`response`). */
export interface EdgeCut {
  readonly from: string;
  readonly to: string;
  readonly half: 'request' | 'response';
}

export interface NetworkCut {
  /** So far, where nodes can be asked now: not those that are paused or down. */
  droppedPackets(): Promise<number>;
  /** Healing twice is harmless. */
  heal(): Promise<void>;
}

/** The network of the nodes themselves, for faults below HTTP. */
export interface NodeNetwork {
  /** Those of these edges that there are. Rejects, with nothing cut, when that can't be done. */
  cut(edges: readonly EdgeCut[]): Promise<NetworkCut>;
}

export interface Driver {
  readonly name: string;
  /** Make the node exist and start it; resolves once its process runs (not once it is ready). */
  start(node: NodeSpec): Promise<void>;
  /** SIGTERM, grace, SIGKILL. */
  stop(node: string): Promise<void>;
  kill(node: string): Promise<void>;
  /** Start again with the disk it had. */
  restart(node: string): Promise<void>;
  pause(node: string): Promise<void>;
  resume(node: string): Promise<void>;
  status(node: string): Promise<NodeStatus>;
  /** Only where each node has a network of its own. */
  readonly network?: NodeNetwork | undefined;
  /** Stop everything this driver started and remove what it made, whatever state it is in. Returns what could not be removed. */
  dispose(): Promise<readonly string[]>;
}

export interface Preparation {
  readonly nodes: readonly { readonly name: string; readonly role: string }[];
  /** Files of this machine that nodes need where they run. */
  readonly files: readonly string[];
}

/** Where a node will be: known before any of them starts, since everybody's environment names everybody. */
export interface NodePlace {
  /** What it listens on, seen from where it runs. */
  readonly host: string;
  readonly port: number;
  /** A directory of its own that survives a restart. */
  readonly dataDirectory: string;
  /** The Node.js executable there. */
  readonly nodeExecutable: string;
  /** Where one of the files of the preparation is there. */
  pathOf(file: string): string;
  /** What the harness connects to in order to reach it: edge proxies and probes do. */
  readonly reachedAt: { readonly host: string; readonly port: number };
}

export interface NodeExit {
  /** Where the node ran. */
  readonly pid: number;
  /** The exit code or the signal's name, as in `NodeStatus.exit`. */
  readonly exit: string;
  /** The driver was asked to end it. */
  readonly expected: boolean;
}

/** A driver as a run uses it: it also decides where nodes are, and says what becomes of them. */
export interface RunDriver extends Driver {
  /** Once, before anything starts. Throws an `InfrastructureError` that says what to do when nodes can't be there. */
  prepare(wanted: Preparation): Promise<ReadonlyMap<string, NodePlace>>;
  /** The address of this machine on which the harness listens for calls of this node: its edge proxies do. */
  listenHost(node: string): string;
  /** The URL under which a node reaches what the harness itself listens on: how callers reach their edge proxies. */
  urlFrom(node: string, listener: { readonly host: string; readonly port: number }, callee: string): Promise<string>;
  /** Called whenever a node's process has exited, expected or not, with its log in the run directory. Returns a function that stops it. */
  onExit(listener: (node: string, exit: NodeExit) => void): () => void;
  /**
   * Called when the driver has lost hold of where nodes run. What is seen from then on says nothing about the pipeline, so that there must be
   * no verdict.
   */
  onLost(listener: (reason: Error) => void): () => void;
}
