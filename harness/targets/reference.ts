/** The reference Order/Payment/Inventory pipeline that comes with Seamproof, started by command line like anybody's. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { withDeadline } from '../deadline.ts';
import type { LogRecord, TrafficRecord } from '../history/index.ts';
import { getJson } from './http.ts';
import { referenceNodeFaults } from './reference-faults.ts';
import { finalReads, named, unrest } from './reference-ledger.ts';
import { declinedCapture } from './reference-work.ts';
import type { Addresses, DeploymentOptions, Placement, StartCommand, Target, TargetNode } from './target.ts';

const counts = { order: 3, payment: 2, inventory: 2 };
const leaderScope = 'orders';
const catalogue = 'sku-1..50=1000000,hot-1..3=200';
/** Writes of the successor whose keys the final reads look at on every replica. */
const successorKeysMax = 200;

/** The pipeline in one file, from `dist/` whether we run from there or from source (tests): the same file wherever a node runs. */
const entry = (() => {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const root = here.includes(`${path.sep}dist${path.sep}`) ? path.resolve(here, '../..') : path.resolve(here, '../../dist');
  return path.join(root, 'target-pipeline/bundle.cjs');
})();

const calls: Readonly<Record<string, readonly string[]>> = {
  order: ['replica', 'order', 'payment', 'inventory'],
  payment: ['replica'],
  // The other two where stock is eventual: instances exchange what they know, and cancel what was sold twice.
  inventory: ['replica', 'inventory', 'order'],
};

const options: NonNullable<Target['options']> = {
  paymentConcurrency: { default: 16, description: 'Calls that one payment node works on at once' },
  paymentQueue: { default: 64, description: 'Calls that wait at one payment node; more are shed' },
  paymentWorkMs: { default: 5, description: 'Time one charge or refund takes at the acquirer, milliseconds' },
};
const environmentNames: Readonly<Record<string, string>> = {
  paymentConcurrency: 'PAYMENT_CONCURRENCY',
  paymentQueue: 'PAYMENT_QUEUE',
  paymentWorkMs: 'PAYMENT_WORK_MS',
};

/** The figures of the pipeline's retrying layer; a test compares them. */
export const referenceRetries: NonNullable<Target['retries']> = {
  edge: { fromRole: 'order', toRole: 'payment' },
  attemptsMax: 3,
  budgetShare: 0.2,
  budgetFloorPerSecond: 5,
  budgetWindowMs: 10_000,
  timeoutMs: 1000,
  longestBackoffMs: 1000,
  onTimeMs: 3000,
  brokenBy: 'unbounded-retries',
};

function nodes({ replicas }: DeploymentOptions): readonly TargetNode[] {
  return Object.entries({ replica: replicas, ...counts }).flatMap(([role, count]) =>
    Array.from({ length: count }, (_, index) => ({ name: `${role}-${index + 1}`, role })),
  );
}

function start(node: TargetNode, placement: Placement, options: DeploymentOptions): StartCommand {
  const urls = (role: string): string => [...placement.peers(role)].map(([name, url]) => `${name}=${url}`).join(',');
  return {
    argv: [placement.nodeExecutable, '--enable-source-maps', placement.pathOf(entry)],
    env: {
      NODE_NAME: node.name,
      ROLE: node.role,
      HOST: placement.host,
      PORT: String(placement.port),
      DATA_DIR: placement.dataDirectory,
      REPLICA_URLS: urls('replica'),
      ORDER_URLS: urls('order'),
      PAYMENT_URLS: urls('payment'),
      INVENTORY_URLS: urls('inventory'),
      READ_QUORUM: String(options.readQuorum),
      WRITE_QUORUM: String(options.writeQuorum),
      LEASE_MS: String(options.leaseMs),
      INVENTORY_CONSISTENCY: options.inventoryConsistency,
      CATALOGUE: catalogue,
      ...Object.fromEntries(
        Object.entries(options.targetOptions ?? {}).map(([name, value]) => [environmentNames[name] ?? name, String(value)]),
      ),
      ...(options.bug === undefined ? {} : { BUG: options.bug }),
      ...(options.faultKey === undefined ? {} : { FAULT_KEY: options.faultKey }),
    },
  };
}

const replicaKinds: Readonly<Record<string, string>> = {
  accept: 'replica-write',
  prepare: 'replica-prepare',
  fence: 'replica-fence',
  read: 'replica-read',
  scan: 'replica-scan',
};

function classify(method: string, rawPath: string): { kind?: string; key?: string } {
  const [, first, second, third] = rawPath.split('?', 1)[0]?.split('/') ?? [];
  if (first === 'replica') {
    const kind = replicaKinds[second ?? ''];
    return { ...(kind === undefined ? {} : { kind }), ...(third === undefined || third === '' ? {} : { key: decode(third) }) };
  }
  if (method === 'POST' && (first === 'payments' || first === 'stock') && third !== undefined)
    return { kind: 'effect', key: decode(second ?? '') };
  if (method === 'POST' && first === 'orders' && third === 'withdraw') return { kind: 'withdrawal', key: decode(second ?? '') };
  return {};
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const interestingEvents = new Set([
  'fence.rejected',
  'fence.raised',
  'leader.elected',
  'leader.fenced',
  'leader.stepped-down',
  'event.before-its-cause',
  'saga.crashed',
  'wal.tail-cut',
]);

function parseLog(node: string, line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { event, time, level: _level, node: _node, ...fields } = record;
  if (typeof event !== 'string' || !interestingEvents.has(event)) return undefined;
  return { node, event, fields, line, ...(typeof time === 'number' ? { wallMs: time } : {}) };
}

const readyTimeoutMs = 2000;

async function ready(_node: TargetNode, url: string, signal: AbortSignal): Promise<boolean> {
  return withDeadline(signal, readyTimeoutMs, async (deadline) => {
    const response = await request(`${url}/health/ready`, { signal: deadline });
    await response.body.dump();
    return response.statusCode === 200;
  });
}

/** Asks all order nodes; the one that says it leads under the highest token does. */
async function leader(addresses: Addresses, signal: AbortSignal): Promise<{ node: string; token: number } | undefined> {
  const answers = await Promise.allSettled(
    named(addresses, 'order').map(async ([node, url]) => ({
      node,
      ...(await getJson<{ leading: number | null }>(`${url}/leader`, signal, 500)),
    })),
  );
  const leading = answers.flatMap((answer) =>
    answer.status === 'fulfilled' && answer.value.leading !== null ? [{ node: answer.value.node, token: answer.value.leading }] : [],
  );
  return leading.sort((a, b) => b.token - a.token)[0];
}

async function replicaTokens(addresses: Addresses, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const answers = await Promise.allSettled(
    named(addresses, 'replica').map(
      async ([node, url]) =>
        [node, (await getJson<Record<string, number>>(`${url}/replica/fences`, signal, 500))[leaderScope] ?? 0] as const,
    ),
  );
  return new Map(answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])));
}

function keysOfInterest(traffic: readonly TrafficRecord[]): readonly string[] {
  const highest = new Map<string, number>();
  const stale = new Set<string>();
  const successor = new Set<string>();
  for (const record of traffic) {
    if (
      record.kind !== 'replica-write' ||
      record.fenceScope !== leaderScope ||
      record.fencingToken === undefined ||
      record.key === undefined
    )
      continue;
    const seen = highest.get(record.to) ?? 0;
    if (record.fencingToken < seen || record.faults.includes('held')) stale.add(record.key);
    else if (record.fencingToken > 1 && successor.size < successorKeysMax) successor.add(record.key);
    highest.set(record.to, Math.max(seen, record.fencingToken));
  }
  return [...new Set([...stale, ...successor])];
}

export const reference: Target = {
  name: 'reference',
  description: 'The reference Order/Payment/Inventory pipeline that comes with Seamproof.',
  files: [entry],
  options,
  retries: referenceRetries,
  work: { payment: declinedCapture },
  nodes,
  calls: (role) => calls[role] ?? [],
  clientRole: 'order',
  start,
  ready,
  classify,
  parseLog,
  metricsPath: '/metrics',
  nodeFaults: referenceNodeFaults,
  leaderScope,
  leaseKey: `lease/${leaderScope}`,
  replicaRole: 'replica',
  leader,
  replicaTokens,
  unrest,
  keysOfInterest,
  finalReads,
};
