/** The whole pipeline on virtual time: every role started by its own composition root, reached over the virtual network. */
import { bugs } from '../bugs/index.ts';
import { components } from '../components.ts';
import { readConfig } from '../config.ts';
import { type RunningNode, startNode } from '../node.ts';
import { TransportError, type TransportResponse } from '../runtime/port.ts';
import { createVirtualWorld, type UnsyncedTail, type VirtualWorld } from '../runtime/virtual.ts';

const topology = { replica: 3, order: 3, payment: 2, inventory: 2 } as const;
type Role = keyof typeof topology;
const port = 80;

export const namesOf = (role: Role): readonly string[] => Array.from({ length: topology[role] }, (_, index) => `${role}-${index + 1}`);
const urlsOf = (role: Role): string =>
  namesOf(role)
    .map((name) => `${name}=http://${name}:${port}`)
    .join(',');

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

export interface Pipeline {
  readonly world: VirtualWorld;
  readonly catalogue: ReadonlyMap<string, number>;
  /** Ends a node's life at once and begins its next one. */
  restart(name: string, tail?: UnsyncedTail): Promise<void>;
  crash(name: string): void;
  start(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  /** The order node that leads, once one does. */
  untilLed(): Promise<string>;
  /** One call from outside. Rejects with `TransportError`. */
  call(node: string, method: string, path: string, options?: CallOptions): Promise<Answer>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

export interface PipelineOptions {
  readonly seed: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly bug?: string;
}

export async function startPipeline({ seed, environment = {}, bug: bugName }: PipelineOptions): Promise<Pipeline> {
  const world = createVirtualWorld({ seed });
  const running = new Map<string, RunningNode>();
  const bug = bugs.find((candidate) => candidate.name === bugName);
  if (bugName !== undefined && bug === undefined) throw new Error(`no bug ${bugName}`);

  const configOf = (name: string) =>
    readConfig({
      NODE_NAME: name,
      ROLE: name.split('-')[0],
      PORT: String(port),
      DATA_DIR: 'data',
      REPLICA_URLS: urlsOf('replica'),
      ORDER_URLS: urlsOf('order'),
      PAYMENT_URLS: urlsOf('payment'),
      INVENTORY_URLS: urlsOf('inventory'),
      CATALOGUE: 'apple=100,pear=50,scarce=1',
      DECLINE_ABOVE_CENTS: '100000',
      LEASE_MS: '600',
      ...environment,
    });
  const start = async (name: string): Promise<void> => {
    const { runtime } = world.node(name);
    running.set(name, await startNode(runtime, configOf(name), bug?.apply(components, name) ?? components));
  };
  for (const role of ['replica', 'order', 'payment', 'inventory'] as const)
    for (const name of namesOf(role)) await world.until(start(name));

  const call: Pipeline['call'] = async (node, method, path, { body, key, headers = {}, deadlineMs = 10_000 } = {}) => {
    const response: TransportResponse = await world.node('customer').runtime.transport.request({
      url: `http://${node}:${port}${path}`,
      method,
      headers: { ...(key === undefined ? {} : { 'idempotency-key': key }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      deadlineMs,
    });
    return { status: response.status, headers: response.headers, body: JSON.parse(response.body) as Record<string, unknown> };
  };

  return {
    world,
    catalogue: configOf('order-1').CATALOGUE,
    start,
    call,
    crash: (name) => world.node(name).crash(),
    restart: async (name, tail) => {
      world.node(name).crash(tail);
      await world.until(start(name));
    },
    stop: async (name) => {
      await world.until(running.get(name)?.stop() ?? Promise.resolve());
    },
    async untilLed() {
      for (let tries = 0; tries < 400; tries += 1) {
        for (const node of namesOf('order')) {
          const leading = await world.until(
            call(node, 'GET', '/leader', { deadlineMs: 100 }).catch((error: unknown) =>
              error instanceof TransportError ? undefined : Promise.reject(error),
            ),
          );
          if (typeof leading?.body['leading'] === 'number') return node;
        }
        await world.advance(25);
      }
      throw new Error('nobody leads after 10 s');
    },
  };
}
