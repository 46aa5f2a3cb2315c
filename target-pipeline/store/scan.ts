/**
 * Lists registers by prefix from a read quorum. Any value chosen before the scan began stands on at least one of R replicas,
 * so the union over them misses nothing; what a single one says of a value need not be chosen.
 */
import type { ScanPage } from './protocol.ts';
import { gather, replies } from './quorum.ts';
import type { Registers } from './registers.ts';
import { settledValue } from './settled.ts';

export interface ScanOptions {
  readonly prefix: string;
  /** Keys after this one. */
  readonly after?: string;
  readonly openOnly: boolean;
  readonly limit: number;
  /** Deadline of one replica's answer, milliseconds. */
  readonly deadlineMs: number;
}

export interface KeysPage {
  readonly keys: readonly string[];
  /** Ask again with `after` set to this; absent on the last page. */
  readonly next?: string;
}

/** One page of keys, sorted; `undefined` when fewer than R replicas answered. */
export async function scanKeys(registers: Registers, options: ScanOptions): Promise<KeysPage | undefined> {
  const pages = await scan(registers, options);
  return pages === undefined ? undefined : merge(pages);
}

/** All keys, sorted; `undefined` when fewer than R replicas answered. */
export async function scanAllKeys(registers: Registers, options: Omit<ScanOptions, 'after'>): Promise<readonly string[] | undefined> {
  const keys: string[] = [];
  let after: string | undefined;
  do {
    const page: KeysPage | undefined = await scanKeys(registers, { ...options, ...(after === undefined ? {} : { after }) });
    if (page === undefined) return undefined;
    keys.push(...page.keys);
    after = page.next;
  } while (after !== undefined);
  return keys;
}

/** One page of entries, each value linearizable; `undefined` when a quorum could not be read. Absent values are left out. */
export async function scanEntries(
  registers: Registers,
  options: ScanOptions,
): Promise<{ readonly entries: readonly { readonly key: string; readonly value: unknown }[]; readonly next?: string } | undefined> {
  const pages = await scan(registers, options);
  if (pages === undefined) return undefined;
  const { keys, next } = merge(pages);
  const byReplica = pages.map((page) => new Map(page.cells.map((cell) => [cell.key, cell])));
  const entries = await Promise.all(
    keys.map(async (key) => {
      const seen = byReplica.map((cells) => cells.get(key) ?? { ballot: null, envelope: null });
      const settled = settledValue(seen, registers.quorum);
      if (settled !== undefined) return { key, value: settled.envelope?.value ?? null };
      const outcome = await registers.read(key, { deadlineMs: options.deadlineMs });
      return outcome.kind === 'done' ? { key, value: outcome.result } : undefined;
    }),
  );
  if (entries.includes(undefined)) return undefined;
  const present = entries.filter((entry) => entry !== undefined).filter((entry) => entry.value !== null);
  return next === undefined ? { entries: present } : { entries: present, next };
}

async function scan(registers: Registers, { deadlineMs, ...query }: ScanOptions): Promise<readonly ScanPage[] | undefined> {
  const { peers, quorum } = registers;
  const answers = await gather(
    peers,
    (peer) => peer.scan(query, deadlineMs),
    (sofar) => replies(sofar).length >= quorum.read,
  );
  const pages = replies(answers);
  return pages.length >= quorum.read ? pages : undefined;
}

/** Up to where every replica's page reaches: beyond it, a replica that stopped early may hold keys not listed here. */
function merge(pages: readonly ScanPage[]): KeysPage {
  const ends = pages.flatMap((page) => (page.next === undefined ? [] : [page.next])).sort();
  const end = ends[0];
  const keys = [...new Set(pages.flatMap((page) => page.cells.map((cell) => cell.key)))]
    .filter((key) => end === undefined || key <= end)
    .sort();
  return end === undefined ? { keys } : { keys, next: end };
}
