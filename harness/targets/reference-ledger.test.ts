/** The books of a pipeline that changes, or falls silent in part, while they are read. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { finalReads } from './reference-ledger.ts';

const forever = new AbortController().signal;
const options = { replicas: 2, readQuorum: 1, writeQuorum: 2, leaseMs: 1000, inventoryConsistency: 'linearizable' } as const;

/** Answers a path with what `answer` gives, and with 503 where it gives nothing. */
async function node(answer: (path: string) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    const body = answer((request.url ?? '').split('?', 1)[0] ?? '');
    response.writeHead(body === undefined ? 503 : 200).end(JSON.stringify(body ?? {}));
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const order = { orderId: 'late', status: 'CONFIRMED', amountCents: 1, items: [], idempotencyKey: 'k', transitions: [] };
const payment = { orderId: 'late', voided: false, records: [{ kind: 'capture', idempotencyKey: 'c', amountCents: 1, hlc: 'x' }] };

describe('the final reads', () => {
  it('are made again when an order came between the orders and the money moved for it', async () => {
    let paymentsRead = 0;
    const url = await node((path) => {
      if (path === '/ledger/payments') paymentsRead += 1;
      // The order is placed and paid for just before payments are read for the first time.
      if (paymentsRead === 0) return { entries: [] };
      return { entries: path === '/ledger/orders' ? [order] : path === '/ledger/payments' ? [payment] : [] };
    });
    const { orders, payments } = await finalReads(new Map([['order-1', url]]), [], options, forever);
    expect(orders).toEqual([expect.objectContaining(order)]);
    expect(payments).toEqual([payment]);
    expect(paymentsRead).toBe(2);
  });

  it('fail when the orders never stay the same for as long as one reading takes', async () => {
    let reads = 0;
    const url = await node((path) => ({ entries: path === '/ledger/orders' ? [{ ...order, orderId: `o-${reads++}` }] : [] }));
    await expect(finalReads(new Map([['order-1', url]]), [], options, forever)).rejects.toThrow('the orders changed during each of 10');
  });

  it('keep the books, and what the other replicas hold, when one replica does not answer', async () => {
    const cell = { ballot: [1, 1, 'order-1'], envelope: { value: 7 } };
    const addresses = new Map([
      ['order-1', await node(() => ({ entries: [] }))],
      ['replica-1', await node((path) => (path === '/replica/read/order%2Fx' ? cell : undefined))],
      ['replica-2', await node(() => undefined)],
    ]);
    const ledger = await finalReads(addresses, ['order/x'], options, forever);
    expect(ledger.cells).toEqual([{ replica: 'replica-1', key: 'order/x', version: cell.ballot, value: 7 }]);
  });

  it('go on with another node when one has fallen silent', async () => {
    const addresses = new Map([
      ['order-1', await node(() => undefined)],
      ['order-2', await node((path) => ({ entries: path === '/ledger/orders' ? [order] : [] }))],
    ]);
    expect((await finalReads(addresses, [], options, forever)).orders).toHaveLength(1);
  });
});
