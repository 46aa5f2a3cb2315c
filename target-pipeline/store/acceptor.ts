/**
 * The acceptor of one replica: promises, accepted values and fencing tokens, all on disk before they are acknowledged.
 *
 * Fencing, rule 1: the highest token seen for a scope is stored before anything under it is acknowledged. Rule 4: every mutator
 * is checked, prepares included, because a promise given to a deposed leader is already a favour too many.
 */
import type { Runtime } from '../runtime/port.ts';
import { type Ballot, compareBallots } from './ballot.ts';
import type {
  Accepted,
  AcceptReply,
  AcceptRequest,
  Envelope,
  Fence,
  FenceReply,
  PrepareReply,
  PrepareRequest,
  ScanPage,
} from './protocol.ts';
import { openWriteAheadLog, type WriteAheadLog } from './write-ahead-log.ts';

/** What a replica is asked for. */
export interface Admission {
  readonly key: string;
  /** What is to be stored; absent when nothing is. */
  readonly envelope?: Envelope;
}

/** The decisions of an acceptor, replaceable as one component. */
export interface AcceptorRules {
  /** May a request under `token` pass when `highest` is the highest token stored for its scope? */
  admits(token: number, highest: number, request: Admission): boolean;
  /** Is the token written to disk? */
  readonly persistsFence: boolean;
  /** May a prepare under `ballot` be promised? */
  promises(ballot: Ballot, promised: Ballot | null): boolean;
  /** May a value under `ballot` be stored? */
  accepts(ballot: Ballot, promised: Ballot | null, accepted: Ballot | null, request: Admission): boolean;
}

export const acceptorRules: AcceptorRules = {
  admits: (token, highest) => token >= highest,
  persistsFence: true,
  promises: (ballot, promised) => compareBallots(ballot, promised) > 0,
  accepts: (ballot, promised) => compareBallots(ballot, promised) >= 0,
};

interface Cell {
  promised: Ballot | null;
  accepted: Ballot | null;
  envelope: Envelope | null;
}

/** A log record. Each sets state, so replaying one twice is harmless. */
type LogEntry =
  | { readonly type: 'promise'; readonly key: string; readonly ballot: Ballot }
  | { readonly type: 'accept'; readonly key: string; readonly ballot: Ballot; readonly envelope: Envelope }
  | { readonly type: 'fence'; readonly scope: string; readonly token: number };

/** Compaction starts when the log is this many times its size after the last one, and at least `compactBytesMin`. */
const compactRatio = 4;

export interface AcceptorOptions {
  readonly replica: string;
  readonly directory: string;
  readonly rules: AcceptorRules;
  readonly compactBytesMin: number;
}

export class Acceptor {
  readonly #runtime: Runtime;
  readonly #options: AcceptorOptions;
  readonly #log: WriteAheadLog;
  readonly #cells = new Map<string, Cell>();
  readonly #fences = new Map<string, number>();
  readonly #fenceRejected;
  /** Not known after a start, where the log may hold anything: then a large one is compacted at once. */
  #compactedBytes = 0;
  #compacting = false;

  private constructor(runtime: Runtime, options: AcceptorOptions, log: WriteAheadLog, records: readonly string[]) {
    this.#runtime = runtime;
    this.#options = options;
    this.#log = log;
    this.#fenceRejected = runtime.metrics.counter('fence_rejected_total', 'Calls refused because their fencing token was stale.', [
      'scope',
    ]);
    for (const record of records) this.#apply(JSON.parse(record) as LogEntry);
  }

  static async open(runtime: Runtime, options: AcceptorOptions): Promise<Acceptor> {
    const { log, records, cutBytes } = await openWriteAheadLog(runtime, options.directory);
    if (cutBytes > 0) runtime.log.warn('wal.tail-cut', { replica: options.replica, cutBytes });
    const acceptor = new Acceptor(runtime, options, log, records);
    runtime.log.info('wal.opened', {
      replica: options.replica,
      records: records.length,
      keys: acceptor.#cells.size,
      fences: Object.fromEntries(acceptor.#fences),
    });
    return acceptor;
  }

  async prepare(request: PrepareRequest): Promise<PrepareReply> {
    const refused = this.#checkFence(request);
    if (refused !== undefined) return refused;
    const fenced = this.#raiseFence(request.fence, request.from);
    const cell = this.#cell(request.key);
    if (!this.#options.rules.promises(request.ballot, cell.promised)) {
      // The conflict reveals a promise, and the token may just have been raised: neither may be known outside before it is durable.
      const promised = cell.promised ?? request.ballot;
      await Promise.all([fenced, this.#log.settled()]);
      return { kind: 'conflict', promised };
    }
    cell.promised = request.ballot;
    const { accepted, envelope } = cell;
    await Promise.all([fenced, this.#append({ type: 'promise', key: request.key, ballot: request.ballot })]);
    return { kind: 'promised', ballot: accepted, envelope };
  }

  async accept(request: AcceptRequest): Promise<AcceptReply> {
    const refused = this.#checkFence(request);
    if (refused !== undefined) return refused;
    const fenced = this.#raiseFence(request.fence, request.from);
    const cell = this.#cell(request.key);
    if (!this.#options.rules.accepts(request.ballot, cell.promised, cell.accepted, request)) {
      const promised = cell.promised ?? request.ballot;
      await Promise.all([fenced, this.#log.settled()]);
      return { kind: 'conflict', promised };
    }
    cell.promised = request.ballot;
    cell.accepted = request.ballot;
    cell.envelope = request.envelope;
    await Promise.all([fenced, this.#append({ type: 'accept', key: request.key, ballot: request.ballot, envelope: request.envelope })]);
    return { kind: 'accepted' };
  }

  /** Only what is durable is ever shown: a value that a crash could take back must not have been seen. */
  async read(key: string): Promise<Accepted> {
    const cell = this.#cells.get(key);
    const seen: Accepted = { ballot: cell?.accepted ?? null, envelope: cell?.envelope ?? null };
    await this.#log.settled();
    return seen;
  }

  async raiseFence(fence: Fence, from: string): Promise<FenceReply> {
    const refused = this.#checkFence({ key: '', fence, from });
    if (refused !== undefined) return refused;
    await this.#raiseFence(fence, from);
    await this.#log.settled();
    return { kind: 'raised' };
  }

  async scan(query: {
    readonly prefix: string;
    readonly after?: string;
    readonly limit: number;
    readonly openOnly: boolean;
  }): Promise<ScanPage> {
    const { prefix, after, limit, openOnly } = query;
    const found: (Accepted & { key: string })[] = [];
    for (const [key, cell] of this.#cells) {
      if (!key.startsWith(prefix) || (after !== undefined && key <= after)) continue;
      if (cell.envelope === null || (openOnly && !cell.envelope.open)) continue;
      found.push({ key, ballot: cell.accepted, envelope: cell.envelope });
    }
    found.sort((a, b) => (a.key < b.key ? -1 : 1));
    const cells = found.slice(0, limit);
    const next = found.length > limit ? cells.at(-1)?.key : undefined;
    await this.#log.settled();
    return next === undefined ? { cells } : { cells, next };
  }

  fences(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#fences);
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #cell(key: string): Cell {
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = { promised: null, accepted: null, envelope: null };
      this.#cells.set(key, cell);
    }
    return cell;
  }

  #checkFence(request: {
    readonly key: string;
    readonly envelope?: Envelope;
    readonly fence?: Fence;
    readonly from: string;
  }): { kind: 'fenced'; highest: number } | undefined {
    const { fence } = request;
    if (fence === undefined) return undefined;
    const highest = this.#fences.get(fence.scope) ?? 0;
    if (this.#options.rules.admits(fence.token, highest, request)) return undefined;
    this.#fenceRejected.inc({ scope: fence.scope });
    this.#runtime.log.warn('fence.rejected', {
      replica: this.#options.replica,
      scope: fence.scope,
      key: request.key,
      token: fence.token,
      highest,
      from: request.from,
    });
    return { kind: 'fenced', highest };
  }

  #raiseFence(fence: Fence | undefined, from: string): Promise<void> {
    if (fence === undefined) return Promise.resolve();
    const highest = this.#fences.get(fence.scope) ?? 0;
    if (fence.token <= highest) return Promise.resolve();
    this.#fences.set(fence.scope, fence.token);
    this.#runtime.log.info('fence.raised', {
      replica: this.#options.replica,
      scope: fence.scope,
      from: highest,
      to: fence.token,
      by: from,
    });
    if (!this.#options.rules.persistsFence) return Promise.resolve();
    return this.#append({ type: 'fence', scope: fence.scope, token: fence.token });
  }

  #append(entry: LogEntry): Promise<void> {
    const durable = this.#log.append(JSON.stringify(entry));
    this.#compactWhenLarge();
    return durable;
  }

  #apply(entry: LogEntry): void {
    switch (entry.type) {
      case 'fence':
        this.#fences.set(entry.scope, entry.token);
        return;
      case 'promise':
        this.#cell(entry.key).promised = entry.ballot;
        return;
      case 'accept': {
        const cell = this.#cell(entry.key);
        cell.promised = entry.ballot;
        cell.accepted = entry.ballot;
        cell.envelope = entry.envelope;
        return;
      }
      default:
        entry satisfies never;
    }
  }

  #compactWhenLarge(): void {
    if (this.#compacting || this.#log.sizeBytes < Math.max(this.#options.compactBytesMin, compactRatio * this.#compactedBytes)) return;
    this.#compacting = true;
    const beforeBytes = this.#log.sizeBytes;
    this.#log
      .compact(this.#snapshot())
      .then(() => {
        this.#compactedBytes = this.#log.sizeBytes;
        this.#runtime.log.info('wal.compacted', { replica: this.#options.replica, beforeBytes, afterBytes: this.#compactedBytes });
      })
      .catch((error: unknown) =>
        this.#runtime.log.error('wal.compaction-failed', { replica: this.#options.replica, message: String(error) }),
      )
      .finally(() => {
        this.#compacting = false;
      });
  }

  *#snapshot(): Generator<string> {
    const encode = (entry: LogEntry): string => JSON.stringify(entry);
    if (this.#options.rules.persistsFence) {
      for (const [scope, token] of this.#fences) yield encode({ type: 'fence', scope, token });
    }
    for (const [key, cell] of this.#cells) {
      if (cell.accepted !== null && cell.envelope !== null)
        yield encode({ type: 'accept', key, ballot: cell.accepted, envelope: cell.envelope });
      if (cell.promised !== null && compareBallots(cell.promised, cell.accepted) > 0)
        yield encode({ type: 'promise', key, ballot: cell.promised });
    }
  }
}
