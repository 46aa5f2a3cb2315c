/** How the order service reads the stock: from a quorum, or, where stock is eventual, from the instances that keep it. */
import type { Runtime } from '../../runtime/port.ts';
import { type Registers, scanEntries } from '../../store/index.ts';
import { ProblemError, resultOf } from '../http.ts';
import { type Counters, countersOf, type Entry, join } from '../inventory/eventual/convergent-stock.ts';
import type { News } from '../inventory/eventual/eventual-book.ts';
import { newsPath } from '../inventory/eventual/exchange.ts';
import { type OversoldUnits, oversoldPath } from '../inventory/eventual/routes.ts';
import { stockKey } from '../inventory/linearizable-book.ts';
import { initialStock, type Reservation, type Stock } from '../inventory/stock.ts';

export interface StockView extends Counters {
  readonly sku: string;
  /** Where stock is eventual: the most units that were ever promised beyond what there was. */
  readonly oversoldUnits?: number;
}

export interface StockEntry extends StockView {
  readonly reservations: readonly (Pick<Reservation, 'quantity' | 'state'> & { readonly orderId: string })[];
}

export interface StockPage {
  readonly entries: readonly StockEntry[];
  readonly next?: string;
}

/** Both throw `ProblemError` when nobody who could answer does. */
export interface StockReader {
  read(sku: string): Promise<StockView>;
  page(after: string | undefined): Promise<StockPage>;
}

interface ReaderOptions {
  readonly catalogue: ReadonlyMap<string, number>;
  readonly timeoutMs: number;
}

export const pageEntries = 200;
export const unavailable = (detail: string): ProblemError =>
  new ProblemError({ code: 'unavailable', status: 503, detail }, { 'retry-after': '1' });

function listed(reservations: Iterable<readonly [string, Pick<Reservation, 'quantity' | 'state'>]>): StockEntry['reservations'] {
  return [...reservations]
    .filter(([, one]) => one.state !== 'refused' && one.quantity > 0)
    .map(([orderId, { quantity, state }]) => ({ orderId, quantity, state }));
}

export function createQuorumStockReader(registers: Registers, { catalogue, timeoutMs }: ReaderOptions): StockReader {
  const entryOf = (sku: string, value: unknown): StockEntry => {
    const initial = catalogue.get(sku) ?? 0;
    const { available, reserved, sold, reservations } = (value as Stock | null) ?? initialStock(initial);
    return { sku, initial, available, reserved, sold, reservations: listed(Object.entries(reservations)) };
  };
  return {
    async read(sku) {
      const { reservations: _reservations, ...view } = entryOf(
        sku,
        resultOf(await registers.read(stockKey(sku), { deadlineMs: timeoutMs })),
      );
      return view;
    },
    async page(after) {
      const page = await scanEntries(registers, {
        prefix: stockKey(''),
        openOnly: false,
        limit: pageEntries,
        deadlineMs: timeoutMs,
        ...(after === undefined ? {} : { after }),
      });
      if (page === undefined) throw unavailable('No read quorum of replicas answered.');
      const entries = page.entries.map(({ key, value }) => entryOf(key.slice(stockKey('').length), value));
      return { entries, ...(page.next === undefined ? {} : { next: page.next }) };
    },
  };
}

export function createEventualStockReader(
  runtime: Runtime,
  inventoryUrls: readonly string[],
  { catalogue, timeoutMs }: ReaderOptions,
): StockReader {
  const get = async <T>(url: string): Promise<T> => {
    const response = await runtime.transport.request({ url, method: 'GET', deadlineMs: timeoutMs });
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
    return JSON.parse(response.body) as T;
  };
  const everything = async (url: string): Promise<News['entries']> => {
    const entries: News['entries'][number][] = [];
    let query = '?after=0';
    for (;;) {
      const news = await get<News>(`${url}${newsPath}${query}`);
      entries.push(...news.entries);
      if (!news.more) return entries;
      query = `?after=${news.next}&incarnation=${encodeURIComponent(news.incarnation)}`;
    }
  };
  return {
    /** From one instance: whichever answers first in their order. */
    async read(sku) {
      for (const url of inventoryUrls) {
        try {
          return await get<StockView>(`${url}/stock/${encodeURIComponent(sku)}`);
        } catch {
          // The next one knows as well, or nearly.
        }
      }
      throw unavailable('No instance of the inventory answered.');
    },
    /** All instances joined: what they will agree on once they have heard each other. All in one page. */
    async page() {
      const answers = await Promise.allSettled(
        inventoryUrls.map(async (url) => [await everything(url), await get<OversoldUnits>(`${url}${oversoldPath}`)] as const),
      );
      const heard = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      if (heard.length === 0) throw unavailable('No instance of the inventory answered.');
      const bySku = new Map<string, Map<string, Entry>>();
      for (const [entries] of heard) {
        for (const [sku, orderId, entry] of entries) {
          const ofSku = bySku.get(sku) ?? new Map<string, Entry>();
          const known = ofSku.get(orderId);
          bySku.set(sku, ofSku.set(orderId, known === undefined ? entry : join(known, entry)));
        }
      }
      const entries = [...bySku].map(([sku, ofSku]) => ({
        sku,
        ...countersOf(catalogue.get(sku) ?? 0, ofSku),
        oversoldUnits: Math.max(...heard.map(([, units]) => units[sku] ?? 0)),
        reservations: listed(ofSku),
      }));
      return { entries: entries.sort((a, b) => (a.sku < b.sku ? -1 : 1)) };
    },
  };
}
