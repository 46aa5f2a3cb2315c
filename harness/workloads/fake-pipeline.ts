/** A pipeline of a few lines in memory, over real HTTP, for tests of workloads. It keeps its promises unless told to interfere. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '../client/index.ts';

export interface FakePipeline {
  readonly endpoints: readonly Endpoint[];
  readonly orders: ReadonlyMap<string, Record<string, unknown>>;
  /** Idempotency keys in the order in which they came. */
  readonly idempotencyKeys: readonly string[];
  readonly paths: readonly string[];
  close(): Promise<void>;
}

type Interfere = (request: IncomingMessage, response: ServerResponse) => boolean;

export async function startFakePipeline(interfere: Interfere = () => false): Promise<FakePipeline> {
  const registers = new Map<string, unknown>();
  const orders = new Map<string, Record<string, unknown>>();
  const idempotencyKeys: string[] = [];
  const paths: string[] = [];

  const answer = (method: string, path: string, key: string, body: Record<string, unknown>): [status: number, body: unknown] => {
    const [, collection, id = '', action] = path.split('/');
    switch (`${method} ${collection}${action === undefined ? '' : `/${action}`}`) {
      case 'GET registers':
        return [200, { value: registers.get(id) ?? null }];
      case 'PUT registers':
        registers.set(id, body['value']);
        return [200, { value: body['value'] }];
      case 'POST registers/cas': {
        const actual = registers.get(id) ?? null;
        if (actual !== body['expected']) return [409, problem('cas-mismatch', { actual })];
        registers.set(id, body['value']);
        return [200, { value: body['value'] }];
      }
      case 'POST orders': {
        const order = { orderId: `id-of-${key}`, status: 'CONFIRMED', ...body };
        orders.set(order.orderId, order);
        return [201, order];
      }
      case 'GET orders': {
        const order = orders.get(id);
        return order === undefined ? [404, problem('not-found')] : [200, order];
      }
      case 'POST orders/cancel':
        orders.set(id, { ...orders.get(id), status: 'CANCELLED' });
        return [200, { orderId: id, status: 'CANCELLED' }];
      case 'GET stock':
        return [200, { sku: id, initial: 200, available: 200, reserved: 0, sold: 0 }];
      default:
        return [404, problem('not-found')];
    }
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://fake');
      const key = String(request.headers['idempotency-key'] ?? '');
      paths.push(`${request.method} ${url.pathname}${url.search}`);
      if (key !== '') idempotencyKeys.push(key);
      const text = Buffer.concat(chunks).toString();
      const [status, body] = answer(
        request.method ?? '',
        url.pathname,
        key,
        text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      );
      if (interfere(request, response)) return;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    endpoints: ['order-1', 'order-2', 'order-3'].map((node) => ({ node, url })),
    orders,
    idempotencyKeys,
    paths,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function problem(code: string, members: object = {}): object {
  return { type: `urn:seamproof:problem:${code}`, title: code, ...members };
}
