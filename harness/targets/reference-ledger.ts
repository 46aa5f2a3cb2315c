/** The books of the reference pipeline: what is unfinished in them, and what they say once it is quiet. */
import { isDeepStrictEqual } from 'node:util';
import type { Ledger, LedgerOrder, LedgerPayment, LedgerStock, ReplicaCell } from '../history/index.ts';
import { getJson } from './http.ts';
import type { Addresses, DeploymentOptions } from './target.ts';

/** Nodes of a role with their addresses. */
export const named = (addresses: Addresses, role: string): readonly (readonly [string, string])[] =>
  [...addresses].filter(([name]) => name.startsWith(`${role}-`));

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

export async function unrest(addresses: Addresses, signal: AbortSignal): Promise<string | undefined> {
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
  const oversold = stock.filter((one) => one.available < 0);
  if (oversold.length > 0)
    return `${oversold[0]?.sku} is oversold by ${-(oversold[0]?.available ?? 0)}, and orders are being cancelled for it`;
  const sold = stock.reduce((sum, one) => sum + one.sold, 0);
  const wanted = confirmed.flatMap((order) => order.items).reduce((sum, item) => sum + item.quantity, 0);
  return sold < wanted ? `${wanted - sold} confirmed units not sold yet` : undefined;
}

/** A replica that doesn't answer has no cells: what the others hold, and all the books, are still evidence. */
async function readCells(addresses: Addresses, keys: readonly string[], signal: AbortSignal): Promise<readonly ReplicaCell[]> {
  const replicas = await Promise.allSettled(named(addresses, 'replica').map(([replica, url]) => readReplica(replica, url, keys, signal)));
  return replicas.flatMap((cells) => (cells.status === 'fulfilled' ? cells.value : []));
}

async function readReplica(replica: string, url: string, keys: readonly string[], signal: AbortSignal): Promise<readonly ReplicaCell[]> {
  const cells: ReplicaCell[] = [];
  for (const key of keys) {
    const { ballot, envelope } = await getJson<{ ballot: ReplicaCell['version']; envelope: { value: unknown } | null }>(
      `${url}/replica/read/${encodeURIComponent(key)}`,
      signal,
    );
    cells.push({ replica, key, version: ballot, value: envelope?.value ?? null });
  }
  return cells;
}

/** The first part of a hybrid logical clock stamp is wall-clock time, 48 bits in hexadecimal. */
function ageOf(order: Pick<LedgerOrder, 'transitions'>): number {
  return Math.max(0, Date.now() - Number.parseInt(order.transitions.at(-1)?.hlc.slice(0, 12) ?? '', 16));
}

const consistentReadsMax = 10;

/**
 * The books are read section by section, and a call that came late can still change them meanwhile: an order placed after the orders were
 * read would have money moved for it that nobody ordered. So the orders are read once more at the end, and everything again if they are
 * not the same: money and stock of an order move only between two of its states.
 */
async function readBooks(addresses: Addresses, signal: AbortSignal): Promise<Pick<Ledger, 'orders' | 'payments' | 'stock' | 'events'>> {
  let orders = await readSection<Omit<LedgerOrder, 'ageMs'>>(addresses, 'orders', signal);
  for (let attempt = 0; attempt < consistentReadsMax; attempt += 1) {
    const payments = await readSection<LedgerPayment>(addresses, 'payments', signal);
    const stock = await readSection<LedgerStock>(addresses, 'stock', signal);
    const events = (await readSection<Ledger['events']>(addresses, 'events', signal)).flat();
    const again = await readSection<Omit<LedgerOrder, 'ageMs'>>(addresses, 'orders', signal);
    if (isDeepStrictEqual(orders, again))
      return { orders: orders.map((order) => ({ ...order, ageMs: ageOf(order) })), payments, stock, events };
    orders = again;
  }
  throw new Error(`the orders changed during each of ${consistentReadsMax} readings of the books`);
}

export async function finalReads(
  addresses: Addresses,
  keys: readonly string[],
  options: DeploymentOptions,
  signal: AbortSignal,
): Promise<Ledger> {
  const books = await readBooks(addresses, signal);
  return { ...books, cells: await readCells(addresses, keys, signal), readQuorum: options.readQuorum };
}
