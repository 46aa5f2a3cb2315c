/**
 * Nodes as containers, one a node, on a network of the run's own. They don't reach each other, only the harness's proxies; the harness
 * reaches them through ports published on 127.0.0.1.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type Docker from 'dockerode';
import { within } from '../../deadline.ts';
import { InfrastructureError } from '../../infrastructure-error.ts';
import type { Journal } from '../journal.ts';
import { choosePorts } from '../ports.ts';
import type { NodeExit, NodeNetwork, NodePlace, NodeSpec, NodeStatus, Preparation, RunDriver } from '../types.ts';
import { type ContainerLimits, containerFor, dataDirectory, nodePort } from './container.ts';
import { connectEngine, type Engine, engineAddress } from './engine.ts';
import { explainEngineError } from './engine-error.ts';
import { collectData, collectLog } from './evidence.ts';
import { ensureNodeImage, type NodeImage } from './image.ts';
import { labelsOf, nameOf } from './labels.ts';
import { NodeContainer } from './node-container.ts';
import { NodeNetworks } from './node-networks.ts';
import { removeRun } from './removal.ts';

export interface DockerDriverOptions {
  readonly runDirectory: string;
  readonly journal: Journal;
  readonly note: (text: string) => void;
  readonly limits: ContainerLimits;
  /** Image that has Node.js. Absent: one of our own if it is there, else the usual one. */
  readonly base?: string;
  /** First of the ports the nodes are published on. Absent: free ones are found. */
  readonly basePort?: number;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
}

interface Prepared {
  readonly engine: Engine;
  readonly image: NodeImage;
  readonly network: RunNetwork;
  readonly portOf: ReadonlyMap<string, number>;
}

interface RunNetwork {
  readonly name: string;
  /** The address of this machine on it; absent where the engine runs in a virtual machine, which has it instead. */
  readonly gateway: string | undefined;
}

const defaultGraceMs = 5_000;
const loopback = '127.0.0.1';
/** How engines that run in a virtual machine name the machine around it. */
const hostFromVirtualMachine = 'host.docker.internal';
/** What a verb may take beyond its grace; an engine that takes longer has failed. */
const verbTimeoutMs = 30_000;

export function createDockerDriver(options: DockerDriverOptions): RunDriver {
  return new DockerContainers(options);
}

class DockerContainers implements RunDriver {
  readonly name = 'docker';
  readonly #options: DockerDriverOptions;
  readonly #graceMs: number;
  readonly #nodes = new Map<string, NodeContainer>();
  readonly #exitListeners = new Set<(node: string, exit: NodeExit) => void>();
  readonly #lostListeners = new Set<(reason: Error) => void>();
  readonly #proxies = new Map<string, { readonly host: string; readonly port: number }>();
  readonly #networks: NodeNetworks;
  #engine: Engine | undefined;
  #prepared: Prepared | undefined;
  #disposed = false;

  constructor(options: DockerDriverOptions) {
    this.#options = options;
    this.#graceMs = options.graceMs ?? defaultGraceMs;
    this.#networks = new NodeNetworks({
      proxyOf: ({ from, to }) => this.#proxies.get(`${from}->${to}`),
      run: (node, script) => this.#verb(`the network of ${node} could not be changed`, () => this.#find(node).run(script)),
    });
  }

  async prepare({ nodes, files }: Preparation): Promise<ReadonlyMap<string, NodePlace>> {
    const { base, basePort, journal, note } = this.#options;
    const address = engineAddress();
    const engine = await connectEngine(address);
    const image = await ensureNodeImage(engine, { files, note, ...(base === undefined ? {} : { base }) });
    const ports = await choosePorts(nodes.length, basePort);
    journal.append({ entry: 'made', driver: this.name, thing: { runId: journal.runId, engine: address } });
    this.#engine = engine;
    const network = await this.#createNetwork(engine);
    this.#prepared = { engine, image, network, portOf: new Map(nodes.map(({ name }, index) => [name, ports[index] ?? 0])) };
    return new Map(nodes.map(({ name }, index) => [name, placeAt(ports[index] ?? 0, image)]));
  }

  listenHost(): string {
    return this.#prepared?.network.gateway ?? loopback;
  }

  urlFrom(node: string, listener: { readonly host: string; readonly port: number }, callee: string): Promise<string> {
    this.#proxies.set(`${node}->${callee}`, listener);
    const host = listener.host === loopback ? hostFromVirtualMachine : listener.host;
    return Promise.resolve(`http://${host}:${listener.port}`);
  }

  async start(spec: NodeSpec): Promise<void> {
    if (this.#disposed) throw new Error(`Cannot start ${spec.name}: the driver has been disposed.`);
    await this.#verb(`${spec.name} could not be started`, async () => {
      const node = this.#nodes.get(spec.name) ?? (await this.#create(spec));
      this.#nodes.set(spec.name, node);
      await node.start();
    });
  }

  stop(name: string): Promise<void> {
    return this.#verb(`${name} could not be stopped`, () => this.#find(name).stop(this.#graceMs));
  }

  kill(name: string): Promise<void> {
    return this.#verb(`${name} could not be killed`, () => this.#find(name).kill());
  }

  async restart(name: string): Promise<void> {
    await this.#verb(`${name} could not be restarted`, () => this.#find(name).restart(this.#graceMs));
    await this.#networks.refresh(name);
  }

  pause(name: string): Promise<void> {
    return this.#verb(`${name} could not be paused`, () => this.#find(name).pause());
  }

  async resume(name: string): Promise<void> {
    await this.#verb(`${name} could not be resumed`, () => this.#find(name).resume());
    await this.#networks.refresh(name);
  }

  async status(name: string): Promise<NodeStatus> {
    const node = this.#nodes.get(name);
    return node === undefined ? { state: 'absent' } : this.#verb(`${name} could not be looked at`, () => node.status());
  }

  /** Where nodes reach the proxies by an address that a packet filter can name. */
  get network(): NodeNetwork | undefined {
    return this.#prepared?.network.gateway === undefined ? undefined : this.#networks;
  }

  onExit(listener: (node: string, exit: NodeExit) => void): () => void {
    const added = (node: string, exit: NodeExit): void => listener(node, exit);
    this.#exitListeners.add(added);
    return () => void this.#exitListeners.delete(added);
  }

  onLost(listener: (reason: Error) => void): () => void {
    const added = (reason: Error): void => listener(reason);
    this.#lostListeners.add(added);
    return () => void this.#lostListeners.delete(added);
  }

  async dispose(): Promise<readonly string[]> {
    this.#disposed = true;
    const engine = this.#engine;
    if (engine === undefined) return [];
    const { journal, runDirectory } = this.#options;
    const nodes = [...this.#nodes];
    // Whatever fails here, removing comes next, and takes them away by force.
    await Promise.allSettled(nodes.map(([name]) => this.stop(name)));
    const collected = await Promise.allSettled(
      nodes.flatMap(([name, { container }]) => [collectLog(container, name, runDirectory), collectData(container, name, runDirectory)]),
    );
    const missing = collected.find((result) => result.status === 'rejected');
    if (missing !== undefined) this.#lose(missing.reason, 'what the nodes left could not be collected');
    try {
      const { left } = await removeRun(engine.docker, journal.runId);
      if (left.length === 0) journal.append({ entry: 'disposed' });
      return left;
    } catch (error) {
      return [
        `containers, network and volumes labelled with run ${journal.runId}: ${explainEngineError(error, 'not removed', engine.address).message}`,
      ];
    }
  }

  async #createNetwork({ docker, address }: Engine): Promise<RunNetwork> {
    const { runId } = this.#options.journal;
    const name = nameOf(runId, 'network');
    try {
      const network = await docker.createNetwork({
        Name: name,
        Driver: 'bridge',
        Labels: { ...labelsOf(runId) },
        // Containers don't reach each other: there is no way around the proxies.
        Options: { 'com.docker.network.bridge.enable_icc': 'false' },
      });
      const { IPAM } = (await network.inspect()) as Docker.NetworkInspectInfo;
      const gateway = IPAM?.Config?.[0]?.['Gateway'];
      return { name, gateway: gateway !== undefined && (await canListenOn(gateway)) ? gateway : undefined };
    } catch (error) {
      throw explainEngineError(error, 'the network of the run could not be made', address);
    }
  }

  async #create(spec: NodeSpec): Promise<NodeContainer> {
    const prepared = this.#prepared;
    const publishedPort = prepared?.portOf.get(spec.name);
    if (prepared === undefined || publishedPort === undefined) throw new Error(`no place was prepared for ${spec.name}`);
    const { journal, limits, runDirectory } = this.#options;
    const { engine, image, network } = prepared;
    const container = await engine.docker.createContainer(
      containerFor(spec, { runId: journal.runId, image: image.name, network: network.name, publishedPort, limits }),
    );
    return new NodeContainer(container, limits.memoryMb, {
      exited: async (exit) => {
        // A listener looks at the last lines of the log.
        if (!exit.expected) await collectLog(container, spec.name, runDirectory);
        for (const listener of this.#exitListeners) listener(spec.name, exit);
      },
      lost: (reason) => this.#lose(reason, 'the container engine was lost'),
    });
  }

  /** Under a deadline, and what fails says what to do. */
  async #verb<T>(happened: string, verb: () => Promise<T>): Promise<T> {
    try {
      return await within(verbTimeoutMs + this.#graceMs, verb());
    } catch (error) {
      throw explainEngineError(error, happened, this.#engine?.address ?? '');
    }
  }

  #lose(reason: unknown, happened: string): void {
    const error = explainEngineError(reason, happened, this.#engine?.address ?? '');
    for (const listener of this.#lostListeners) listener(error);
  }

  #find(name: string): NodeContainer {
    const node = this.#nodes.get(name);
    if (node === undefined)
      throw new InfrastructureError(
        'deploy',
        `there is no node ${name}; this driver has started: ${[...this.#nodes.keys()].join(', ') || 'none'}`,
      );
    return node;
  }
}

function placeAt(publishedPort: number, image: NodeImage): NodePlace {
  return {
    host: '0.0.0.0',
    port: nodePort,
    dataDirectory,
    nodeExecutable: 'node',
    pathOf: (file) => image.pathOf(file),
    reachedAt: { host: loopback, port: publishedPort },
  };
}

/** Asked of the system by trying: the list of interfaces leaves out a bridge that nobody is connected to yet. */
async function canListenOn(host: string): Promise<boolean> {
  const server = createServer().listen(0, host);
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
