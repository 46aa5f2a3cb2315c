/** The reference Order/Payment/Inventory pipeline that comes with Seamproof, started by command line like anybody's. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { withDeadline } from '../deadline.ts';
import type { Ledger, LedgerOrder, LedgerPayment, LedgerStock, LogRecord, ReplicaCell, TrafficRecord } from '../history/index.ts';
import { getJson } from './http.ts';
import type { Addresses, DeploymentOptions, Placement, StartCommand, Target, TargetNode } from './target.ts';

const counts = { order: 3, payment: 2, inventory: 2 };
const leaderScope = 'orders';
const catalogue = 'sku-1..50=1000000,hot-1..3=200';
/** Writes of the successor whose keys the final reads look at on every replica. */
const successorKeysMax = 200;

/** Both when run from `dist/` and from source (tests), nodes are started from `dist/`. */
const entry = (() => {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const root = here.includes(`${path.sep}dist${path.sep}`) ? path.resolve(here, '../..') : path.resolve(here, '../../dist');
  return path.join(root, 'target-pipeline/main.js');
})();

const calls: Readonly<Record<string, readonly string[]>> = {
  order: ['replica', 'order', 'payment', 'inventory'],
  payment: ['replica'],
  inventory: ['replica'],
};

function nodes({ replicas }: DeploymentOptions): readonly TargetNode[] {
  return Object.entries({ replica: replicas, ...counts }).flatMap(([role, count]) =>
    Array.from({ length: count }, (_, index) => ({ name: `${role}-${index + 1}`, role })),
  );
}

function start(node: TargetNode, placement: Placement, options: DeploymentOptions): StartCommand {
  const urls = (role: string): string => [...placement.peers(role)].map(([name, url]) => `${name}=${url}`).join(',');
  return {
    argv: [process.execPath, '--enable-source-maps', entry],
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
      CATALOGUE: catalogue,
      ...(options.bug === undefined ? {} : { BUG: options.bug }),
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

const named = (addresses: Addresses, role: string): readonly (readonly [string, string])[] =>
  [...addresses].filter(([name]) => name.startsWith(`${role}-`));

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

interface LedgerPage<Entry> {
  readonly entries: readonly Entry[];
  readonly next?: string;
}

const ledgerTimeoutMs = 15_000;

/** Reads a section page by page, from whichever order node answers. */
async function readSection<Entry>(addresses: Addresses, section: string, signal: AbortSignal): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let after: string | undefined;
  do {
    const page: LedgerPage<Entry> = await firstAnswer(named(addresses, 'order'), (url) =>
      getJson<LedgerPage<Entry>>(
        `${url}/ledger/${section}${after === undefined ? '' : `?after=${encodeURIComponent(after)}`}`,
        signal,
        ledgerTimeoutMs,
      ),
    );
    entries.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  return entries;
}

async function firstAnswer<T>(candidates: readonly (readonly [string, string])[], ask: (url: string) => Promise<T>): Promise<T> {
  const failures: string[] = [];
  for (const [, url] of candidates) {
    try {
      return await ask(url);
    } catch (error) {
      failures.push(String(error));
    }
  }
  throw new Error(`no node answered: ${failures.join('; ')}`);
}

const openStatuses = new Set(['PENDING', 'RESERVED', 'REJECTING', 'CANCELLING']);

async function unrest(addresses: Addresses, signal: AbortSignal): Promise<string | undefined> {
  const orders = await readSection<LedgerOrder>(addresses, 'orders', signal);
  const open = orders.filter((order) => openStatuses.has(order.status));
  if (open.length > 0) {
    const inStatus = [...openStatuses].map((status) => `${open.filter((order) => order.status === status).length} ${status}`);
    return `${open.length} orders in progress (${inStatus.join(', ')}), for example ${open[0]?.orderId}`;
  }
  const confirmed = orders.filter((order) => order.status === 'CONFIRMED');
  const stock = await readSection<LedgerStock>(addresses, 'stock', signal);
  const reserved = stock.filter((one) => one.reserved !== 0);
  if (reserved.length > 0) {
    const units = reserved.reduce((sum, one) => sum + one.reserved, 0);
    return `${units} units of ${reserved.length} SKUs reserved, for example of ${reserved[0]?.sku}`;
  }
  const sold = stock.reduce((sum, one) => sum + one.sold, 0);
  const wanted = confirmed.flatMap((order) => order.items).reduce((sum, item) => sum + item.quantity, 0);
  return sold < wanted ? `${wanted - sold} confirmed units not sold yet` : undefined;
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

async function readCells(addresses: Addresses, keys: readonly string[], signal: AbortSignal): Promise<readonly ReplicaCell[]> {
  const cells: ReplicaCell[] = [];
  for (const [replica, url] of named(addresses, 'replica')) {
    for (const key of keys) {
      const { ballot, envelope } = await getJson<{ ballot: ReplicaCell['version']; envelope: { value: unknown } | null }>(
        `${url}/replica/read/${encodeURIComponent(key)}`,
        signal,
      );
      cells.push({ replica, key, version: ballot, value: envelope?.value ?? null });
    }
  }
  return cells;
}

/** The first part of a hybrid logical clock stamp is wall-clock time, 48 bits in hexadecimal. */
function ageOf(order: Pick<LedgerOrder, 'transitions'>): number {
  return Math.max(0, Date.now() - Number.parseInt(order.transitions.at(-1)?.hlc.slice(0, 12) ?? '', 16));
}

async function finalReads(addresses: Addresses, keys: readonly string[], options: DeploymentOptions, signal: AbortSignal): Promise<Ledger> {
  const orders = (await readSection<Omit<LedgerOrder, 'ageMs'>>(addresses, 'orders', signal)).map((order) => ({
    ...order,
    ageMs: ageOf(order),
  }));
  const payments = await readSection<LedgerPayment>(addresses, 'payments', signal);
  const stock = await readSection<LedgerStock>(addresses, 'stock', signal);
  const events = (await readSection<Ledger['events']>(addresses, 'events', signal)).flat();
  return { orders, payments, stock, events, cells: await readCells(addresses, keys, signal), readQuorum: options.readQuorum };
}

export const reference: Target = {
  name: 'reference',
  description: 'The reference Order/Payment/Inventory pipeline that comes with Seamproof.',
  nodes,
  calls: (role) => calls[role] ?? [],
  clientRole: 'order',
  start,
  ready,
  classify,
  parseLog,
  metricsPath: '/metrics',
  leaderScope,
  leaseKey: `lease/${leaderScope}`,
  replicaRole: 'replica',
  leader,
  replicaTokens,
  unrest,
  keysOfInterest,
  finalReads,
};
