/** Real nodes of the reference pipeline: processes of their own, real sockets and disks, stopped whatever happens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const entry = path.resolve(import.meta.dirname, '../../dist/target-pipeline/main.js');

export interface NodeProcess {
  readonly name: string;
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  /** The exit code, once the process is gone. */
  readonly exited: Promise<number | null>;
}

/** A bare node with this environment and no other settings. */
export function startNodeProcess(environment: Readonly<Record<string, string>>): NodeProcess {
  const child = spawn(process.execPath, [entry], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const keep = (chunk: Buffer): void => {
    printed += chunk.toString('utf8');
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return {
    name: environment['NODE_NAME'] ?? '',
    url: `http://127.0.0.1:${environment['PORT'] ?? ''}`,
    child,
    output: () => printed,
    exited,
  };
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, 'close')));
  return ports;
}

export interface RealPipeline {
  readonly nodes: ReadonlyMap<string, NodeProcess>;
  node(name: string): NodeProcess;
  stop(): Promise<void>;
}

export async function startRealPipeline(settings: Readonly<Record<string, string>>): Promise<RealPipeline> {
  const names = [
    'replica-1',
    'replica-2',
    'replica-3',
    'order-1',
    'order-2',
    'order-3',
    'payment-1',
    'payment-2',
    'inventory-1',
    'inventory-2',
  ];
  const ports = await freePorts(names.length);
  const directory = mkdtempSync(path.join(tmpdir(), 'seamproof-nodes-'));
  const urls = (role: string): string =>
    names.flatMap((name, index) => (name.startsWith(role) ? [`${name}=http://127.0.0.1:${ports[index]}`] : [])).join(',');
  const peers = {
    REPLICA_URLS: urls('replica'),
    ORDER_URLS: urls('order'),
    PAYMENT_URLS: urls('payment'),
    INVENTORY_URLS: urls('inventory'),
  };
  const nodes = new Map(
    names.map((name, index) => [
      name,
      startNodeProcess({
        NODE_NAME: name,
        ROLE: name.split('-')[0] ?? '',
        PORT: String(ports[index]),
        DATA_DIR: path.join(directory, name),
        ...peers,
        ...settings,
      }),
    ]),
  );
  const pipeline: RealPipeline = {
    nodes,
    node(name) {
      const found = nodes.get(name);
      if (found === undefined) throw new Error(`no node ${name}`);
      return found;
    },
    async stop() {
      for (const { child } of nodes.values()) child.kill('SIGKILL');
      await Promise.all([...nodes.values()].map(({ exited }) => exited));
      rmSync(directory, { recursive: true });
    },
  };
  try {
    for (const node of nodes.values()) await untilReady(node);
  } catch (error) {
    await pipeline.stop();
    throw error;
  }
  return pipeline;
}

const readyWithinMs = 30_000;

async function untilReady(node: NodeProcess): Promise<void> {
  await untilTrue(
    `${node.name} is ready`,
    async () => (await fetch(`${node.url}/health/ready`).catch(() => undefined))?.status === 200,
    () => node.output(),
  );
}

/** Asks again and again; throws what `explain` says when it takes too long. */
export async function untilTrue(what: string, isTrue: () => Promise<boolean>, explain: () => string = () => ''): Promise<void> {
  const giveUpAtMs = performance.now() + readyWithinMs;
  while (!(await isTrue())) {
    if (performance.now() > giveUpAtMs) throw new Error(`after ${readyWithinMs} ms it is still not so that ${what}\n${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
