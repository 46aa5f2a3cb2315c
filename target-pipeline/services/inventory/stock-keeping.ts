/** How an inventory node keeps its stock, chosen once: in the quorum registers, or in a book of its own that it exchanges with the others. */
import type { Term } from '../../coordination/index.ts';
import type { Runtime } from '../../runtime/port.ts';
import type { Registers } from '../../store/index.ts';
import type { Route } from '../http.ts';
import { EventualBook } from './eventual/eventual-book.ts';
import { startExchange } from './eventual/exchange.ts';
import { reconcile } from './eventual/reconciling.ts';
import { eventualRoutes } from './eventual/routes.ts';
import { createLinearizableBook, type LinearizableBookOptions } from './linearizable-book.ts';
import type { StockBook } from './stock-book.ts';

const exchangeIntervalMs = 100;
const reconcileIntervalMs = 500;

export interface StockKeeping {
  readonly book: StockBook;
  /** Beside those of the service. */
  readonly routes: readonly Route[];
  start(): void;
  /** This instance leads the others, for as long as the term is valid. */
  lead(term: Term): void;
  stop(): void;
  close(): Promise<void>;
}

export interface EventualOptions {
  readonly node: string;
  readonly directory: string;
  readonly catalogue: ReadonlyMap<string, number>;
  readonly compactBytesMin: number;
  readonly inventoryUrls: ReadonlyMap<string, string>;
  readonly orderUrls: ReadonlyMap<string, string>;
  readonly timeoutMs: number;
}

const nothing = (): void => undefined;

export function keepInRegisters(options: LinearizableBookOptions & { readonly registers: Registers }): StockKeeping {
  return { book: createLinearizableBook(options), routes: [], start: nothing, lead: nothing, stop: nothing, close: async () => undefined };
}

export async function keepEventually(runtime: Runtime, options: EventualOptions): Promise<StockKeeping> {
  const { node, catalogue, timeoutMs } = options;
  const book = await EventualBook.open(runtime, options);
  const peers = new Map([...options.inventoryUrls].filter(([name]) => name !== node));
  let stopExchange = nothing;
  return {
    book,
    routes: eventualRoutes(book, catalogue),
    start() {
      stopExchange = startExchange(runtime, { book, peers, intervalMs: exchangeIntervalMs, timeoutMs });
    },
    lead(term) {
      const orderUrls = [...options.orderUrls.values()];
      void reconcile(runtime, { book, orderUrls, intervalMs: reconcileIntervalMs, timeoutMs, signal: term.signal });
    },
    stop: () => stopExchange(),
    close: () => book.close(),
  };
}
