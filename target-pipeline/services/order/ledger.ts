/**
 * The ledger: what the pipeline says of itself, page by page, each entry read linearizably. For final reads, once things are quiet.
 */

import type { OrderEvent } from '../../events/event.ts';
import type { OrderRecord } from '../../saga/index.ts';
import type { Registers } from '../../store/index.ts';
import { scanEntries } from '../../store/index.ts';
import { json, ProblemError, type Route } from '../http.ts';
import { unknownSku } from '../inventory/service.ts';
import type { PaymentAccount } from '../payment/account.ts';
import { pageEntries, type StockReader, unavailable } from './stock-reading.ts';

interface Section {
  readonly prefix: string;
  readonly entry: (key: string, value: unknown) => unknown;
}

export interface LedgerOptions {
  readonly registers: Registers;
  readonly stock: StockReader;
  readonly catalogue: ReadonlyMap<string, number>;
  readonly timeoutMs: number;
}

export function ledgerRoutes({ registers, stock, catalogue, timeoutMs }: LedgerOptions): readonly Route[] {
  const sections: Readonly<Record<string, Section>> = {
    orders: { prefix: 'order/', entry: (_id, value) => orderEntry(value as OrderRecord) },
    payments: { prefix: 'payment/', entry: (orderId, value) => paymentEntry(orderId, value as PaymentAccount) },
    events: {
      prefix: 'log/orders/',
      entry: (_segment, value) => (value as readonly OrderEvent[]).map(({ orderId, type, hlc }) => ({ orderId, type, hlc })),
    },
  };

  return [
    {
      method: 'GET',
      path: '/ledger/:section',
      async handle(request, params) {
        const name = params['section'] ?? '';
        const after = request.query.get('after') ?? undefined;
        if (name === 'stock') return json(200, await stock.page(after));
        const section = Object.hasOwn(sections, name) ? sections[name] : undefined;
        if (section === undefined)
          throw new ProblemError({
            code: 'not-found',
            status: 404,
            detail: `The ledger has ${[...Object.keys(sections), 'stock'].join(', ')}, not ${name}.`,
          });
        const page = await scanEntries(registers, {
          prefix: section.prefix,
          openOnly: false,
          limit: pageEntries,
          deadlineMs: timeoutMs,
          ...(after === undefined ? {} : { after }),
        });
        if (page === undefined) throw unavailable('No read quorum of replicas answered.');
        const entries = page.entries.map(({ key, value }) => section.entry(key.slice(section.prefix.length), value));
        const { next } = page;
        return json(200, { entries, ...(next === undefined ? {} : { next }) });
      },
    },
    {
      method: 'GET',
      path: '/stock/:sku',
      async handle(_request, params) {
        const sku = params['sku'] ?? '';
        if (!catalogue.has(sku)) throw unknownSku(sku);
        return json(200, await stock.read(sku));
      },
    },
  ];
}

function orderEntry(record: OrderRecord): object {
  const { orderId, status, amountCents, items, transitions, idempotencyKey } = record;
  return { orderId, status, amountCents, items, transitions, idempotencyKey };
}

function paymentEntry(orderId: string, account: PaymentAccount): object {
  return {
    orderId,
    voided: account.voided,
    records: account.answers.flatMap(({ key, result }) =>
      result.outcome === 'captured' || result.outcome === 'refunded'
        ? [
            {
              kind: result.outcome === 'captured' ? 'capture' : 'refund',
              idempotencyKey: key,
              amountCents: result.amountCents,
              hlc: result.hlc,
            },
          ]
        : [],
    ),
  };
}
