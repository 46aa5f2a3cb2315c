/** Nodes on hosts that are reached over SSH. Each host has an agent of ours, and the verbs are asked of the agent of the node's host. */
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { describeHost, type SshConfig, type SshHost } from '../../config/index.ts';
import { InfrastructureError } from '../../infrastructure-error.ts';
import type { Journal } from '../journal.ts';
import type { NodeExit, NodePlace, NodeSpec, NodeStatus, Preparation, RunDriver } from '../types.ts';
import { preparedSchema } from './agent/protocol.ts';
import { readAccess } from './connection.ts';
import { askStatus, type OpenHost, openHost } from './host.ts';
import { readLocalFile } from './host-files.ts';
import { type Made, readAgentFile, undoHost } from './made.ts';

export interface SshDriverOptions {
  readonly config: SshConfig;
  readonly runDirectory: string;
  readonly journal: Journal;
  readonly note: (text: string) => void;
  readonly basePort?: number;
}

interface HostState {
  readonly made: Made;
  /** Something of ours may be there. */
  touched: boolean;
  open?: OpenHost;
  /** The harness's address as this host sees it. */
  harness?: string;
  lost: boolean;
}

const loopback = '127.0.0.1';
/** Clocks that differ more than this make times in logs hard to compare; the pipeline itself must cope with any difference. */
const notableClockOffsetMs = 500;

export function createSshDriver(options: SshDriverOptions): RunDriver {
  return new SshDriver(options);
}

class SshDriver implements RunDriver {
  readonly name = 'ssh';
  readonly #options: SshDriverOptions;
  readonly #hosts: HostState[] = [];
  readonly #hostOf = new Map<string, HostState>();
  readonly #exitListeners = new Set<(node: string, exit: NodeExit) => void>();
  readonly #lossListeners = new Set<(reason: Error) => void>();
  #telling: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(options: SshDriverOptions) {
    this.#options = options;
  }

  async prepare({ nodes, files }: Preparation): Promise<ReadonlyMap<string, NodePlace>> {
    const { config, journal, basePort } = this.#options;
    const access = readAccess(config);
    const agentFile = readAgentFile();
    const localFiles = files.map(readLocalFile);
    const opened = await Promise.allSettled(
      config.hosts.map(async (host, index) => {
        const state = this.#newState(host, index);
        this.#hosts.push(state);
        journal.append({ entry: 'made', driver: this.name, thing: state.made });
        state.open = await openHost({
          host,
          access,
          node: config.node,
          network: config.network,
          runName: state.made.runName,
          agentFile,
          files: localFiles,
          ...(basePort === undefined ? {} : { basePort }),
          events: {
            reached: () => {
              state.touched = true;
            },
            exited: (node, exit) => this.#tellExit(state, node, exit),
            lost: (reason) => this.#lose(state, reason),
          },
        });
        this.#describe(state.open);
        return state;
      }),
    );
    refuseFailures(opened);
    return this.#place(nodes);
  }

  /** Tunnels end here. What comes straight from a host comes to the address it knows, or to any where that is translated on the way. */
  listenHost(node: string): string {
    const harness = this.#hostOf.get(node)?.harness;
    if (!this.#isDirect || harness === undefined) return loopback;
    return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === harness))
      ? harness
      : '0.0.0.0';
  }

  async urlFrom(node: string, listener: { readonly host: string; readonly port: number }): Promise<string> {
    const { tunnels, name } = this.#open(node);
    const harness = this.#hostOf.get(node)?.harness;
    if (this.#isDirect && harness !== undefined) return `http://${harness.includes(':') ? `[${harness}]` : harness}:${listener.port}`;
    try {
      return `http://${loopback}:${await tunnels.fromHost(listener)}`;
    } catch (error) {
      throw new InfrastructureError(
        'deploy',
        `${name} opens no port for the proxies: ${messageOf(error)}`,
        'its sshd must allow forwarding: AllowTcpForwarding yes in sshd_config',
      );
    }
  }

  async start(node: NodeSpec): Promise<void> {
    await this.#open(node.name).agent.ask({ verb: 'start', spec: { ...node, argv: [...node.argv] } });
  }

  async stop(node: string): Promise<void> {
    await this.#open(node).agent.ask({ verb: 'stop', node });
  }

  async kill(node: string): Promise<void> {
    await this.#open(node).agent.ask({ verb: 'kill', node });
  }

  async restart(node: string): Promise<void> {
    await this.#open(node).agent.ask({ verb: 'restart', node });
  }

  async pause(node: string): Promise<void> {
    await this.#open(node).agent.ask({ verb: 'pause', node });
  }

  async resume(node: string): Promise<void> {
    await this.#open(node).agent.ask({ verb: 'resume', node });
  }

  async status(node: string): Promise<NodeStatus> {
    return this.#hostOf.has(node) ? askStatus(this.#open(node).agent, node) : { state: 'absent' };
  }

  onExit(listener: (node: string, exit: NodeExit) => void): () => void {
    const added = (node: string, exit: NodeExit): void => listener(node, exit);
    this.#exitListeners.add(added);
    return () => void this.#exitListeners.delete(added);
  }

  onLost(listener: (reason: Error) => void): () => void {
    const added = (reason: Error): void => listener(reason);
    this.#lossListeners.add(added);
    return () => void this.#lossListeners.delete(added);
  }

  async dispose(): Promise<readonly string[]> {
    this.#disposed = true;
    const left = (await Promise.all(this.#hosts.map((state) => this.#disposeHost(state)))).flat();
    await this.#telling;
    if (left.length === 0) this.#options.journal.append({ entry: 'disposed' });
    return left;
  }

  #newState(host: SshHost, index: number): HostState {
    const { config, journal } = this.#options;
    const { key, knownHosts, trustAnyHost, node } = config;
    return {
      made: {
        host,
        // Hosts may share a home directory.
        runName: `run-${journal.runId}-${index + 1}`,
        node,
        trustAnyHost,
        ...(key === undefined ? {} : { key }),
        ...(knownHosts === undefined ? {} : { knownHosts }),
      },
      touched: false,
      lost: false,
    };
  }

  #describe({ name, files: { nodeVersion, uploaded, clockOffsetMs, roundTripMs } }: OpenHost): void {
    this.#options.note(`${name}: Node.js ${nodeVersion}, ${uploaded === 0 ? 'our files were there' : `${uploaded} files uploaded`}`);
    if (Math.abs(clockOffsetMs) > notableClockOffsetMs + roundTripMs / 2)
      this.#options.note(`${name}: its clock is ${Math.abs(clockOffsetMs)} ms ${clockOffsetMs > 0 ? 'ahead of' : 'behind'} this one`);
  }

  /** The nodes of a role go round the hosts, so that each role survives the loss of a host as well as it can. */
  async #place(nodes: Preparation['nodes']): Promise<ReadonlyMap<string, NodePlace>> {
    const seen = new Map<string, number>();
    for (const { name, role } of nodes) {
      const index = seen.get(role) ?? 0;
      seen.set(role, index + 1);
      const state = this.#hosts[index % this.#hosts.length];
      if (state !== undefined) this.#hostOf.set(name, state);
    }
    const places = await Promise.all(
      this.#hosts.map(async (state) => {
        const here = nodes.filter(({ name }) => this.#hostOf.get(name) === state);
        const { open } = state;
        if (open === undefined || here.length === 0) return [];
        const { places: answer, harness } = preparedSchema.parse(
          await open.agent.ask({ verb: 'prepare', nodes: here.map(({ name, role }) => ({ name, role })) }),
        );
        state.harness = harness;
        return Promise.all(
          answer.map(async ({ name, ...place }): Promise<[string, NodePlace]> => {
            const { nodeExecutable, pathOf } = open.files;
            return [
              name,
              {
                ...place,
                nodeExecutable,
                pathOf,
                reachedAt: this.#isDirect ? { host: place.host, port: place.port } : await open.tunnels.toHost(place.port),
              },
            ];
          }),
        );
      }),
    );
    return new Map(places.flat());
  }

  #open(node: string): OpenHost {
    const state = this.#hostOf.get(node);
    if (state === undefined)
      throw new Error(`There is no node ${node}; this driver has placed: ${[...this.#hostOf.keys()].join(', ') || 'none'}.`);
    if (state.open === undefined || state.lost) throw new Error(`${node} is on ${describeHost(state.made.host)}, which is out of reach`);
    return state.open;
  }

  /** Once its log is here, which whoever is told wants to look at. One after the other. */
  #tellExit(state: HostState, node: string, exit: NodeExit): void {
    this.#telling = this.#telling.then(async () => {
      if (!exit.expected) await state.open?.fetchLog(node, this.#logs).catch(() => undefined);
      for (const listener of this.#exitListeners) listener(node, exit);
    });
  }

  #lose(state: HostState, reason: InfrastructureError): void {
    state.lost = true;
    if (this.#disposed) return;
    for (const listener of this.#lossListeners) listener(reason);
  }

  /** Ends nodes, brings their logs, and leaves nothing; over a new connection when the old one is gone. */
  async #disposeHost(state: HostState): Promise<readonly string[]> {
    const { made, open } = state;
    const name = describeHost(made.host);
    const nodes = [...this.#hostOf].flatMap(([node, at]) => (at === state ? [node] : []));
    let orderly = false;
    if (open !== undefined && !state.lost) {
      try {
        const left = await open.agent.ask({ verb: 'dispose' });
        await Promise.all(nodes.map((node) => open.fetchLog(node, this.#logs)));
        orderly = Array.isArray(left) && left.length === 0;
      } catch (error) {
        this.#options.note(`${name}: ${messageOf(error)}`);
        for (const listener of this.#lossListeners)
          listener(new InfrastructureError('deploy', `the logs of ${name} could not be fetched: ${messageOf(error)}`));
      }
    }
    await open?.close();
    if (orderly || !state.touched) return [];
    try {
      await undoHost(made, readAccess(this.#options.config));
      return [];
    } catch (error) {
      return [`what the run has on ${name}: ${messageOf(error)}`];
    }
  }

  get #isDirect(): boolean {
    return this.#options.config.network === 'direct';
  }

  get #logs(): string {
    return path.join(this.#options.runDirectory, 'logs');
  }
}

/** Only when all attempts are over, so that none is still under way when what was opened is closed. */
function refuseFailures(results: readonly PromiseSettledResult<unknown>[]): void {
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const [first] = failures;
  if (first === undefined) return;
  const advice = first instanceof InfrastructureError ? first.advice : undefined;
  throw new InfrastructureError('deploy', failures.map(messageOf).join('; '), advice, { cause: first });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
