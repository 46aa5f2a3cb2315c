/**
 * Nodes as processes of this machine. Each has a process group, and faults are signals to that group.
 */
import path from 'node:path';
import type { Journal } from './journal.ts';
import { type NodeProcess, startNodeProcess } from './node-process.ts';
import { choosePorts } from './ports.ts';
import { becomes, kill, type ProcessGroup, terminate } from './process-group.ts';
import { type ProcessTable, systemProcessTable } from './process-table.ts';
import { killStrays } from './strays.ts';
import type { NodeExit, NodePlace, NodeSpec, NodeState, NodeStatus, Preparation, RunDriver } from './types.ts';

export interface LocalDriverOptions {
  /** Logs go to `logs/<node>.log` in it. */
  readonly runDirectory: string;
  readonly journal: Journal;
  /** First of the ports the nodes use. Absent: free ones are found. */
  readonly basePort?: number;
  /** Address that nodes listen on; 127.0.0.1 unless somebody on another machine is to reach them. */
  readonly host?: string;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
}

interface Node {
  spec: NodeSpec;
  /** The last life it had; absent before the first. */
  process?: NodeProcess;
  /** How that life ended; absent while it lasts. */
  exit?: string;
  /** The driver was asked to end it. */
  ending: boolean;
  /** Verbs on one node take effect one after the other; nodes never wait for each other. */
  queue: Promise<unknown>;
}

const defaultGraceMs = 5_000;
/** How long a stop or continue signal may take to show in the process table. */
const signalShowsMs = 2_000;

const loopback = '127.0.0.1';

export function createLocalDriver(options: LocalDriverOptions): RunDriver {
  return new LocalProcesses(options);
}

class LocalProcesses implements RunDriver {
  readonly name = 'local';
  readonly #runDirectory: string;
  readonly #journal: Journal;
  readonly #basePort: number | undefined;
  readonly #host: string;
  readonly #graceMs: number;
  readonly #table: ProcessTable = systemProcessTable();
  readonly #nodes = new Map<string, Node>();
  readonly #listeners = new Set<(node: string, exit: NodeExit) => void>();
  #disposed = false;

  constructor({ runDirectory, journal, basePort, host, graceMs }: LocalDriverOptions) {
    this.#runDirectory = runDirectory;
    this.#journal = journal;
    this.#basePort = basePort;
    this.#host = host ?? loopback;
    this.#graceMs = graceMs ?? defaultGraceMs;
  }

  async prepare({ nodes }: Preparation): Promise<ReadonlyMap<string, NodePlace>> {
    const host = this.#host;
    const ports = await choosePorts(nodes.length, this.#basePort);
    return new Map(
      nodes.map(({ name }, index) => {
        const port = ports[index] ?? 0;
        const place: NodePlace = {
          host,
          port,
          dataDirectory: path.resolve(this.#runDirectory, 'data', name),
          nodeExecutable: process.execPath,
          pathOf: (file) => file,
          reachedAt: { host, port },
        };
        return [name, place];
      }),
    );
  }

  listenHost(): string {
    return loopback;
  }

  urlFrom(_node: string, listener: { readonly host: string; readonly port: number }): Promise<string> {
    return Promise.resolve(`http://${listener.host}:${listener.port}`);
  }

  async start(spec: NodeSpec): Promise<void> {
    const node: Node = this.#nodes.get(spec.name) ?? { spec, ending: false, queue: Promise.resolve() };
    this.#nodes.set(spec.name, node);
    await inTurn(node, async () => {
      if (isRunning(node)) {
        if (JSON.stringify(node.spec) === JSON.stringify(spec)) return;
        throw new Error(`Cannot start ${spec.name}: it runs already, with another command. Stop it first.`);
      }
      node.spec = spec;
      await this.#launch(node);
    });
  }

  async stop(name: string): Promise<void> {
    const node = this.#find(name);
    await inTurn(node, () => this.#end(node, (group) => terminate(group, this.#graceMs)));
  }

  async kill(name: string): Promise<void> {
    const node = this.#find(name);
    // At once, even if a stop is in its grace period. What the queue holds then finds a process that is gone.
    if (isRunning(node)) {
      node.ending = true;
      node.process?.group.signal('SIGKILL');
    }
    await inTurn(node, () => this.#end(node, kill));
  }

  async restart(name: string): Promise<void> {
    const node = this.#find(name);
    await inTurn(node, async () => {
      await this.#end(node, (group) => terminate(group, this.#graceMs));
      await this.#launch(node);
    });
  }

  async pause(name: string): Promise<void> {
    const node = this.#find(name);
    await inTurn(node, async () => {
      const group = isRunning(node) ? node.process?.group : undefined;
      if (group === undefined) throw new Error(`Cannot pause ${name}: it isn't running (exit: ${node.exit ?? 'never started'}).`);
      group.signal('SIGSTOP');
      const stopped = await becomes(() => group.members().every(({ state }) => state === 'stopped'), signalShowsMs);
      if (!stopped || group.isGone()) throw new Error(`${name} got SIGSTOP but did not stop within ${signalShowsMs} ms.`);
    });
  }

  async resume(name: string): Promise<void> {
    const node = this.#find(name);
    await inTurn(node, async () => {
      const group = node.process?.group;
      if (group === undefined) return;
      group.signal('SIGCONT');
      const continued = await becomes(() => group.members().every(({ state }) => state !== 'stopped'), signalShowsMs);
      if (!continued) throw new Error(`${name} got SIGCONT but is still stopped after ${signalShowsMs} ms.`);
    });
  }

  async status(name: string): Promise<NodeStatus> {
    const node = this.#nodes.get(name);
    if (node?.process === undefined) return { state: 'absent' };
    const { pid, group } = node.process;
    const leader = node.exit === undefined ? group.leader() : undefined;
    // A process that is gone from the table has exited; how is known a moment later.
    const exit = leader === undefined ? await node.process.exited : undefined;
    const state: NodeState = leader === undefined ? 'exited' : leader.state === 'stopped' ? 'paused' : 'running';
    return { state, pid, ...(exit !== undefined && { exit }) };
  }

  onExit(listener: (node: string, exit: NodeExit) => void): () => void {
    const added = (node: string, exit: NodeExit): void => listener(node, exit);
    this.#listeners.add(added);
    return () => void this.#listeners.delete(added);
  }

  /** Never: a process of this machine can't be lost without the harness. */
  onLost(): () => void {
    return () => undefined;
  }

  async dispose(): Promise<readonly string[]> {
    this.#disposed = true;
    const left: string[] = [];
    await Promise.all(
      [...this.#nodes].map(async ([name, node]) => {
        try {
          await this.stop(name);
        } catch (error) {
          left.push(`${name} (pid ${node.process?.pid}): ${String(error)}`);
        }
      }),
    );
    const strays = await killStrays(this.#table, this.#journal.runId);
    left.push(...strays.left.map((pid) => `process ${pid}, which a node had started outside its group`));
    if (left.length === 0) this.#journal.append({ entry: 'disposed' });
    return left;
  }

  async #launch(node: Node): Promise<void> {
    if (this.#disposed) throw new Error(`Cannot start ${node.spec.name}: the driver has been disposed.`);
    const process = await startNodeProcess(node.spec, this.#runDirectory, this.#journal, this.#table);
    node.process = process;
    node.ending = false;
    delete node.exit;
    void process.exited.then((exit) => {
      node.exit = exit;
      const expected = node.ending;
      // What a node leaves behind when it dies by itself would keep its port and its files.
      if (!expected) process.group.signal('SIGKILL');
      for (const listener of this.#listeners) listener(node.spec.name, { pid: process.pid, exit, expected });
    });
  }

  /** Resolves once the whole group is gone and the exit is known. */
  async #end(node: Node, how: (group: ProcessGroup) => Promise<boolean>): Promise<void> {
    const { process } = node;
    if (process === undefined) return;
    if (isRunning(node)) node.ending = true;
    if (!(await how(process.group))) throw new Error(`${node.spec.name} (process group ${process.pid}) is still there after SIGKILL.`);
    await process.exited;
  }

  #find(name: string): Node {
    const node = this.#nodes.get(name);
    if (node === undefined)
      throw new Error(`There is no node ${name}; this driver has started: ${[...this.#nodes.keys()].join(', ') || 'none'}.`);
    return node;
  }
}

function isRunning(node: Node): boolean {
  return node.process !== undefined && node.exit === undefined;
}

/** After the verbs before it, whether they succeeded or not. */
function inTurn(node: Node, verb: () => Promise<void>): Promise<void> {
  const turn = node.queue.then(verb, verb);
  node.queue = turn.catch(() => undefined);
  return turn;
}
