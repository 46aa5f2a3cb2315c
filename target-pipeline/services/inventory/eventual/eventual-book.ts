/**
 * One instance's book of the stock, on its own disk: it answers from what it knows, at once, and hears the rest later (`exchange.ts`).
 * A stale leader is refused from the highest token this instance has heard of; it need not have heard of the newest. What it lets through
 * cannot undo the successor's work all the same: a release outlives every reserve, whichever comes first.
 */

import type { Term } from '../../../coordination/index.ts';
import type { Runtime } from '../../../runtime/port.ts';
import { type Fence, openWriteAheadLog, type WriteAheadLog } from '../../../store/index.ts';
import { ProblemError } from '../../http.ts';
import type { BookAnswer, ReleaseCall, ReserveCall, Sale, StockBook } from '../stock-book.ts';
import { type Counters, countersOf, type Entries, type Entry, isSame, join } from './convergent-stock.ts';

/** What one instance tells another. `next` is where to go on; only good within one life of the teller, its `incarnation`. */
export interface News {
  readonly incarnation: string;
  readonly next: number;
  readonly more: boolean;
  readonly entries: readonly (readonly [sku: string, orderId: string, entry: Entry])[];
}

export interface EventualBookOptions {
  readonly node: string;
  readonly directory: string;
  /** Units of each SKU before the first order. */
  readonly catalogue: ReadonlyMap<string, number>;
  readonly compactBytesMin: number;
}

type LogRecord =
  | { readonly sku: string; readonly orderId: string; readonly entry: Entry }
  | { readonly scope: string; readonly token: number };

interface Change {
  readonly sequence: number;
  readonly sku: string;
  readonly orderId: string;
}

const newsMax = 2000;
const none: Entries = new Map();

export class EventualBook implements StockBook {
  readonly #runtime: Runtime;
  readonly #options: EventualBookOptions;
  readonly #log: WriteAheadLog;
  readonly #incarnation: string;
  readonly #entries = new Map<string, Map<string, Entry>>();
  readonly #tokens = new Map<string, number>();
  /** The newest change of each entry, oldest first; older ones of the same entry stay until there are too many. */
  #changes: Change[] = [];
  readonly #newest = new Map<string, Map<string, number>>();
  #sequence = 0;
  #entryCount = 0;
  #compacting = false;
  /** Most units promised beyond what there was, by SKU, in this life. */
  readonly #oversold = new Map<string, number>();

  private constructor(runtime: Runtime, options: EventualBookOptions, log: WriteAheadLog) {
    this.#runtime = runtime;
    this.#options = options;
    this.#log = log;
    this.#incarnation = runtime.random.id();
    const oversold = runtime.metrics.gauge('stock_oversold_units', 'Units promised beyond what there is, as this instance knows it.');
    runtime.metrics.beforeExpose(() =>
      oversold.set([...this.#entries.keys()].reduce((sum, sku) => sum + Math.max(0, -this.counters(sku).available), 0)),
    );
  }

  static async open(runtime: Runtime, options: EventualBookOptions): Promise<EventualBook> {
    const { log, records } = await openWriteAheadLog(runtime, options.directory);
    const book = new EventualBook(runtime, options, log);
    for (const text of records) {
      const record = JSON.parse(text) as LogRecord;
      if ('token' in record) book.#tokens.set(record.scope, Math.max(record.token, book.#tokens.get(record.scope) ?? 0));
      else book.#take(record.sku, record.orderId, record.entry);
    }
    return book;
  }

  async reserve({ sku, request: { orderId, quantity, hlc } }: ReserveCall, fence: Fence): Promise<BookAnswer> {
    this.#checkFence(fence, sku);
    const known = this.#entries.get(sku)?.get(orderId);
    if (known?.answered !== undefined) {
      if (known.quantity !== quantity) return { kind: 'mismatch' };
      await this.#log.settled();
      return { kind: 'duplicate', answer: known.answered };
    }
    // A release that came first: it came to forbid this.
    if (known?.state === 'released') {
      await this.#log.settled();
      return { kind: 'duplicate', answer: { outcome: 'released', hlc: known.hlc } };
    }
    const enough = this.counters(sku).available >= quantity;
    const answer = { outcome: enough ? 'reserved' : 'insufficient', hlc } as const;
    await this.#write(sku, orderId, { quantity, state: enough ? 'reserved' : 'refused', hlc, answered: answer });
    return { kind: 'apply', answer };
  }

  async release({ sku, request: { orderId, hlc } }: ReleaseCall, fence: Fence): Promise<BookAnswer> {
    this.#checkFence(fence, sku);
    const known = this.#entries.get(sku)?.get(orderId);
    if (known?.state === 'released') {
      await this.#log.settled();
      return { kind: 'duplicate', answer: { outcome: 'released', hlc: known.hlc } };
    }
    await this.#write(sku, orderId, { quantity: known?.quantity ?? 0, state: 'released', hlc });
    return { kind: 'apply', answer: { outcome: 'released', hlc } };
  }

  /** An order confirmed by the saga is sold, even when the reservation was made elsewhere and has not been heard of. */
  async sell(sales: readonly Sale[], _term: Term, hlc: string): Promise<boolean> {
    await Promise.all(sales.map(({ sku, orderId, quantity }) => this.#write(sku, orderId, { quantity, state: 'committed', hlc })));
    return true;
  }

  /** Takes in what another instance told. Resolves once it is durable here. */
  async hear({ entries }: News): Promise<void> {
    await Promise.all(entries.map(([sku, orderId, entry]) => this.#write(sku, orderId, entry)));
  }

  /** What changed after `after`; everything, when that position is of another life. */
  news(incarnation: string | undefined, after: number): News {
    const from = incarnation === this.#incarnation ? this.#firstAfter(after) : 0;
    const page = this.#changes.slice(from, from + newsMax);
    return {
      incarnation: this.#incarnation,
      next: page.at(-1)?.sequence ?? this.#sequence,
      more: from + newsMax < this.#changes.length,
      entries: page.flatMap(({ sequence, sku, orderId }) => {
        const entry = this.#entries.get(sku)?.get(orderId);
        // Changed again later on: it comes then.
        return entry === undefined || this.#newest.get(sku)?.get(orderId) !== sequence ? [] : [[sku, orderId, entry] as const];
      }),
    };
  }

  counters(sku: string): Counters {
    return countersOf(this.#options.catalogue.get(sku) ?? 0, this.entries(sku));
  }

  entries(sku: string): Entries {
    return this.#entries.get(sku) ?? none;
  }

  skus(): readonly string[] {
    return [...this.#entries.keys()];
  }

  oversoldUnits(sku: string): number {
    return this.#oversold.get(sku) ?? 0;
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #checkFence({ scope, token }: Fence, sku: string): void {
    const highest = this.#tokens.get(scope) ?? 0;
    if (token < highest) {
      this.#runtime.log.warn('stock.fenced', { scope, sku, token, highest });
      throw new ProblemError({
        code: 'fenced',
        status: 412,
        detail: `A higher fencing token, ${highest}, is in force.`,
        extra: { highest },
      });
    }
    if (token === highest) return;
    this.#tokens.set(scope, token);
    // Durable with whatever the call writes next, which is what must not be acknowledged before it.
    void this.#log.append(JSON.stringify({ scope, token } satisfies LogRecord)).catch(() => undefined);
  }

  async #write(sku: string, orderId: string, entry: Entry): Promise<void> {
    if (!this.#take(sku, orderId, entry)) return this.#log.settled();
    const joined = this.#entries.get(sku)?.get(orderId) ?? entry;
    this.#watchOversell(sku);
    await this.#log.append(JSON.stringify({ sku, orderId, entry: joined } satisfies LogRecord));
    this.#compactWhenDue();
  }

  /** Joins in memory. `false`: it was known. */
  #take(sku: string, orderId: string, entry: Entry): boolean {
    const ofSku = this.#entries.get(sku) ?? new Map<string, Entry>();
    const known = ofSku.get(orderId);
    const joined = known === undefined ? entry : join(known, entry);
    if (known === undefined) this.#entryCount += 1;
    else if (isSame(known, joined)) return false;
    this.#entries.set(sku, ofSku.set(orderId, joined));
    this.#sequence += 1;
    const newest = this.#newest.get(sku) ?? new Map<string, number>();
    this.#newest.set(sku, newest.set(orderId, this.#sequence));
    this.#changes.push({ sequence: this.#sequence, sku, orderId });
    if (this.#changes.length > 2 * this.#entryCount + newsMax) {
      this.#changes = this.#changes.filter((change) => this.#newest.get(change.sku)?.get(change.orderId) === change.sequence);
    }
    return true;
  }

  #firstAfter(after: number): number {
    let [low, high] = [0, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.sequence ?? 0) > after) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #watchOversell(sku: string): void {
    const units = -this.counters(sku).available;
    if (units <= (this.#oversold.get(sku) ?? 0)) return;
    this.#oversold.set(sku, units);
    this.#runtime.log.warn('stock.oversold', { sku, units });
  }

  #compactWhenDue(): void {
    if (this.#compacting || this.#log.sizeBytes < this.#options.compactBytesMin) return;
    this.#compacting = true;
    // Entries alone are about half of a log that is due; one that stays larger is compacted again only once it has grown.
    this.#log
      .compact(this.#snapshot())
      .catch((error: unknown) => this.#runtime.log.error('stock.compaction-failed', { message: String(error) }))
      .finally(() => {
        this.#compacting = false;
      });
  }

  *#snapshot(): Iterable<string> {
    for (const [scope, token] of this.#tokens) yield JSON.stringify({ scope, token } satisfies LogRecord);
    for (const [sku, ofSku] of this.#entries)
      for (const [orderId, entry] of ofSku) yield JSON.stringify({ sku, orderId, entry } satisfies LogRecord);
  }
}
