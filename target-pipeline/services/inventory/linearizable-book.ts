/** The stock in quorum registers, one a SKU: every unit is promised once, and none without a quorum. */
import type { Registers } from '../../store/index.ts';
import { resultOf } from '../http.ts';
import type { ReleaseStock, ReserveStock } from './holding.ts';
import { initialStock, type Sell, type Stock } from './stock.ts';
import type { Sale, StockBook } from './stock-book.ts';

export interface LinearizableBookOptions {
  readonly registers: Registers;
  readonly reserveStock: ReserveStock;
  readonly releaseStock: ReleaseStock;
  readonly sell: Sell;
}

const changeTimeoutMs = 1500;

export const stockKey = (sku: string): string => `stock/${sku}`;

export function createLinearizableBook({ registers, reserveStock, releaseStock, sell }: LinearizableBookOptions): StockBook {
  return {
    async reserve({ sku, ...call }, fence) {
      return resultOf(await reserveStock(registers, { ...call, key: stockKey(sku) }, { deadlineMs: changeTimeoutMs, fence }));
    },
    async release({ sku, ...call }, fence) {
      return resultOf(await releaseStock(registers, { ...call, key: stockKey(sku) }, { deadlineMs: changeTimeoutMs, fence }));
    },
    async sell(sales, term, hlc) {
      const bySku = new Map<string, Sale[]>();
      for (const sale of sales) bySku.set(sale.sku, [...(bySku.get(sale.sku) ?? []), sale]);
      // One change a SKU.
      const outcomes = await Promise.all(
        [...bySku].map(([sku, ofSku]) =>
          term.change(
            registers,
            stockKey(sku),
            (value) => {
              const stock = (value as Stock | null) ?? initialStock(ofSku[0]?.initial ?? 0);
              const next = sell(
                stock,
                ofSku.map(({ orderId }) => orderId),
                hlc,
              );
              return next === stock ? { kind: 'keep', result: true } : { kind: 'set', value: next, result: true };
            },
            changeTimeoutMs,
          ),
        ),
      );
      return outcomes.every((outcome) => outcome.kind === 'done');
    },
  };
}
