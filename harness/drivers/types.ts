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
  /** Stop everything this driver started and remove what it made, whatever state it is in. Returns what could not be removed. */
  dispose(): Promise<readonly string[]>;
}
