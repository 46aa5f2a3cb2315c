/**
 * The ledger: what the pipeline says of itself, page by page, each entry read linearizably. For final reads, once things are quiet.
 */

import type { OrderEvent } from '../../events/event.ts';
import type { OrderRecord } from '../../saga/index.ts';
import type { Registers } from '../../store/index.ts';
import { scanEntries } from '../../store/index.ts';
import { json, ProblemError, type Route, resultOf } from '../http.ts';
import { stockKey, unknownSku } from '../inventory/service.ts';
import type { Stock } from '../inventory/stock.ts';
import { initialStock } from '../inventory/stock.ts';
import type { PaymentAccount } from '../payment/account.ts';

const pageEntries = 200;

interface Section {
  readonly prefix: string;
  readonly entry: (key: string, value: unknown) => unknown;
}

export function ledgerRoutes(registers: Registers, catalogue: ReadonlyMap<string, number>, requestTimeoutMs: number): readonly Route[] {
  const stockEntry = (sku: string, value: unknown): object => {
    const initial = catalogue.get(sku) ?? 0;
    const { available, reserved, sold, reservations } = (value as Stock | null) ?? initialStock(initial);
    return {
      sku,
      initial,
      available,
      reserved,
      sold,
      reservations: Object.entries(reservations)
        .filter(([, one]) => one.state !== 'refused' && one.quantity > 0)
        .map(([orderId, one]) => ({ orderId, quantity: one.quantity, state: one.state })),
    };
  };
  const sections: Readonly<Record<string, Section>> = {
    orders: { prefix: 'order/', entry: (_id, value) => orderEntry(value as OrderRecord) },
    payments: { prefix: 'payment/', entry: (orderId, value) => paymentEntry(orderId, value as PaymentAccount) },
    stock: { prefix: 'stock/', entry: stockEntry },
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
        const section = Object.hasOwn(sections, name) ? sections[name] : undefined;
        if (section === undefined)
          throw new ProblemError({
            code: 'not-found',
            status: 404,
            detail: `The ledger has ${Object.keys(sections).join(', ')}, not ${name}.`,
          });
        const after = request.query.get('after');
        const page = await scanEntries(registers, {
          prefix: section.prefix,
          openOnly: false,
          limit: pageEntries,
          deadlineMs: requestTimeoutMs,
          ...(after === null ? {} : { after }),
        });
        if (page === undefined)
          throw new ProblemError(
            { code: 'unavailable', status: 503, detail: 'No read quorum of replicas answered.' },
            { 'retry-after': '1' },
          );
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
        const value = resultOf(await registers.read(stockKey(sku), { deadlineMs: requestTimeoutMs }));
        const { reservations: _reservations, ...counters } = stockEntry(sku, value) as { reservations: unknown };
        return json(200, counters);
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
