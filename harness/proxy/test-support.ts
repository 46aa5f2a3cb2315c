/** Real servers, real sockets, and a plane whose records can be awaited. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { request } from 'undici';
import { onTestFinished } from 'vitest';
import type { TrafficRecord } from '../history/index.ts';
import { createProxyPlane, type ProxyPlane, type ProxyPlaneOptions } from './index.ts';

export interface TestPlane {
  readonly plane: ProxyPlane;
  readonly records: readonly TrafficRecord[];
  now(): number;
  /** Resolves once this many calls have ended. */
  recorded(count: number): Promise<readonly TrafficRecord[]>;
  /** Opens `caller->callee` to a port of 127.0.0.1 and returns the proxy's. */
  edgeTo(port: number): Promise<number>;
}

export function openPlane(options: Partial<ProxyPlaneOptions> = {}): TestPlane {
  const startedAt = process.hrtime.bigint();
  const now = (): number => Number(process.hrtime.bigint() - startedAt);
  const records: TrafficRecord[] = [];
  const waiting = new Set<() => void>();
  const plane = createProxyPlane({
    now,
    onRecord: (record) => {
      records.push(record);
      for (const check of waiting) check();
    },
    ...options,
  });
  onTestFinished(() => plane.close());
  return {
    plane,
    records,
    now,
    recorded: (count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (records.length < count) return;
          waiting.delete(check);
          resolve(records);
        };
        waiting.add(check);
        check();
      }),
    edgeTo: async (port) => (await plane.openEdge({ from: 'caller', to: 'callee' }, { host: '127.0.0.1', port })).port,
  };
}

export interface Callee {
  readonly port: number;
  /** Connections it has accepted so far. */
  readonly connections: readonly Socket[];
  readonly server: Server;
}

export async function serveHttp(handler: RequestListener): Promise<Callee> {
  const server = createServer(handler);
  const connections: Socket[] = [];
  server.on('connection', (socket: Socket) => connections.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections, server };
}

/** A server of bare TCP, for what a real HTTP server would never do. */
export async function serveTcp(
  onConnection: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly connections: readonly Socket[] }> {
  const connections: Socket[] = [];
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    connections.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of connections) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections };
}

/** A port of 127.0.0.1 where nobody listens. */
export async function deadPort(): Promise<number> {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface TestCaller {
  readonly socket: Socket;
  /** Everything that came back so far. */
  received(): Buffer;
  /** Resolves once what came back contains this text so many times. */
  until(text: string, times?: number): Promise<void>;
  /** Resolves when the connection is closed, with whether it was reset. */
  readonly closed: Promise<'end' | 'reset'>;
}

export async function callTcp(port: number): Promise<TestCaller> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const parts: Buffer[] = [];
  let failed = false;
  socket.on('error', () => {
    failed = true;
  });
  socket.on('data', (part: Buffer) => parts.push(part));
  const closed = new Promise<'end' | 'reset'>((resolve) => {
    socket.on('close', () => resolve(failed ? 'reset' : 'end'));
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const received = (): Buffer => Buffer.concat(parts);
  return {
    socket,
    received,
    until: (text, times = 1) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (received().toString('latin1').split(text).length > times) resolve();
        };
        socket.on('data', check);
        void closed.then(() => reject(new Error(`closed before ${JSON.stringify(text)} came; got ${received().toString('latin1')}`)));
        check();
      }),
    closed,
  };
}

export async function readAll(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export function answer(response: ServerResponse, body: string | Buffer): void {
  response.writeHead(200, { 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** A promise and the functions that settle it. */
export function deferred<Value = void>(): { readonly promise: Promise<Value>; resolve(value: Value): void; reject(error: Error): void } {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** So many calls on another edge: time enough for whatever the proxy was about to do. */
export async function passTime({ plane }: TestPlane, calls = 10): Promise<void> {
  const other = await serveHttp((_, response) => answer(response, 'ok'));
  const { url } = await plane.openEdge({ from: 'clock', to: `port ${other.port}` }, { host: '127.0.0.1', port: other.port });
  for (let call = 0; call < calls; call += 1) await (await request(url)).body.dump();
}
