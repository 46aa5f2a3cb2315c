/** What an instance of the inventory answers where stock is eventual: to customers, by way of the order service, and to other instances. */
import { json, type Route } from '../../http.ts';
import { unknownSku } from '../service.ts';
import type { EventualBook } from './eventual-book.ts';
import { newsPath } from './exchange.ts';

export const oversoldPath = '/stock-oversold';

/** By SKU: the most units that were ever promised beyond what there was, as far as this instance knew. */
export type OversoldUnits = Readonly<Record<string, number>>;

export function eventualRoutes(book: EventualBook, catalogue: ReadonlyMap<string, number>): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/stock/:sku',
      async handle(_request, params) {
        const sku = params['sku'] ?? '';
        if (!catalogue.has(sku)) throw unknownSku(sku);
        return json(200, { sku, ...book.counters(sku), oversoldUnits: book.oversoldUnits(sku) });
      },
    },
    {
      method: 'GET',
      path: oversoldPath,
      handle: async () => json(200, Object.fromEntries(book.skus().map((sku) => [sku, book.oversoldUnits(sku)])) satisfies OversoldUnits),
    },
    {
      method: 'GET',
      path: newsPath,
      handle: async ({ query }) => json(200, book.news(query.get('incarnation') ?? undefined, Number(query.get('after') ?? 0))),
    },
  ];
}
