/** A server that misbehaves in the way its path says, for tests of what clients make of it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from './types.ts';

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface TestServer {
  readonly endpoint: Endpoint;
  /** Requests that arrived completely, as `METHOD /path`. */
  readonly arrived: readonly string[];
  close(): Promise<void>;
}

export const behaviours: Readonly<Record<string, Behaviour>> = {
  ok: (_, response) => json(response, 200, { value: 7 }),
  'other-shape': (_, response) => json(response, 200, { surprise: true }),
  'not-json': (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>welcome</html>'),
  empty: (_, response) => response.writeHead(200).end(),
  redirect: (_, response) => response.writeHead(307, { location: '/ok' }).end(),
  'plain-400': (_, response) => response.writeHead(400).end('Bad Request'),
  'plain-404': (_, response) => json(response, 404, { error: 'no such thing' }),
  'plain-500': (_, response) => json(response, 500, { type: 'about:blank', title: 'oops' }),
  'plain-503': (_, response) => response.writeHead(503, { 'retry-after': '1' }).end(),
  overloaded: (_, response) => problem(response, 503, 'overloaded'),
  unavailable: (_, response) => problem(response, 503, 'unavailable'),
  'cas-mismatch': (_, response) => problem(response, 409, 'cas-mismatch'),
  indeterminate: (_, response) => problem(response, 503, 'indeterminate'),
  fenced: (_, response) => problem(response, 409, 'fenced'),
  'in-flight': (_, response) => problem(response, 409, 'idempotency-key-in-flight'),
  'unknown-problem': (_, response) => problem(response, 409, 'moon-phase'),
  'problem-in-success': (_, response) => problem(response, 200, 'overloaded'),
  'prototype-problem': (_, response) => problem(response, 409, 'constructor'),
  never: () => {},
  reset: (request) => request.socket.resetAndDestroy(),
  close: (request) => request.socket.destroy(),
  garbage: (request) => request.socket.end('SMTP? Never heard of HTTP.\r\n\r\n'),
  cut: (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"value":', () => request.socket.destroy());
  },
  endless: (_, response) => {
    const write = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', write);
    write();
  },
};

export async function startServer(behave?: Behaviour): Promise<TestServer> {
  const arrived: string[] = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      arrived.push(`${request.method} ${request.url}`);
      const named = behaviours[request.url?.slice(1) ?? ''];
      (behave ?? named ?? ((_, unknown) => unknown.writeHead(501).end()))(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: { node: 'order-1', url: `http://127.0.0.1:${port}` }, arrived, close: () => closeServer(server) };
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function problem(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ type: `urn:seamproof:problem:${code}`, title: code, status, detail: `because of ${code}` }));
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
