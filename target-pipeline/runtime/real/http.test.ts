import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { IncomingRequest, Listener, Logger, OutgoingResponse, RequestHandler, Transport, TransportError } from '../port.ts';
import { problemCode } from '../problem.ts';
import { createHttpClient } from './http-client.ts';
import { listenHttp } from './http-server.ts';

const logged: string[] = [];
const log: Logger = { info: () => undefined, warn: () => undefined, error: (event) => logged.push(event) };
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  logged.length = 0;
});

async function serve(handler: RequestHandler, maxBodyBytes = 1_000_000): Promise<Listener & { url: string }> {
  const listener = await listenHttp({ port: 0, host: '127.0.0.1', handler, maxBodyBytes }, log);
  cleanUps.push(() => listener.close({ graceMs: 0 }));
  return { ...listener, url: `http://127.0.0.1:${listener.port}` };
}

function client(): Pick<Transport, 'request' | 'close'> {
  const created = createHttpClient();
  cleanUps.push(() => created.close());
  return created;
}

/** A bare TCP server that does what it is told with each connection. */
async function rawServer(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return `http://127.0.0.1:${address.port}`;
}

async function rawCall(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString()));
  socket.write(bytes);
  await once(socket, 'close');
  return received;
}

const kindOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'answered',
    (error: TransportError) => error.kind,
  );
const ok: OutgoingResponse = { status: 200, body: 'ok' };
const deadlineMs = 5_000;

describe('the real transport', () => {
  it('carries method, decoded path, query, headers and body, and brings back status, headers and body', async () => {
    const seen: IncomingRequest[] = [];
    const { url } = await serve(async (request) => {
      seen.push(request);
      return { status: 201, headers: { 'X-Answer': 'yes' }, body: JSON.stringify({ größe: 1 }) };
    });
    const answer = await client().request({
      url: `${url}/a%20b/%E2%82%AC?q=1&q=2`,
      method: 'PUT',
      headers: { 'X-Ask': 'why' },
      body: '€',
      deadlineMs,
    });
    expect(answer).toMatchObject({ status: 201, headers: { 'x-answer': 'yes' }, body: '{"größe":1}' });
    expect(seen[0]).toMatchObject({ method: 'PUT', path: '/a b/€', headers: { 'x-ask': 'why' } });
    expect(seen[0]?.query.getAll('q')).toEqual(['1', '2']);
    expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe('€');
  });

  it('uses its connections again for calls that follow each other', async () => {
    let connections = 0;
    const { port } = await serve(async () => ok);
    const relay = await rawServer((socket) => {
      connections += 1;
      socket.pipe(connect(port, '127.0.0.1')).pipe(socket);
    });
    const { request } = client();
    for (let call = 0; call < 20; call++) await request({ url: relay, method: 'POST', body: 'x', deadlineMs });
    // Two, not one: an answer may be here a moment before its connection is free again.
    expect(connections).toBeLessThanOrEqual(2);
  });

  it('refuses a 10 MB body with a 413 problem, which the sender gets to read, without giving it to the handler', async () => {
    let handled = 0;
    const { url } = await serve(async () => ((handled += 1), ok), 100_000);
    const body = new Uint8Array(10 * 1024 * 1024);
    const { request } = client();
    for (let call = 0; call < 5; call++) {
      const answer = await request({ url, method: 'POST', body, deadlineMs });
      expect([answer.status, problemCode(answer.body)]).toEqual([413, 'invalid-request']);
    }
    expect(handled).toBe(0);
  });

  it('refuses a chunked body that grows over the limit, stops reading it, and leaves the sender a moment to hear of it', async () => {
    const { port } = await serve(async () => ok, 1_000);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    cleanUps.push(async () => socket.destroy());
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    while (socket.write(chunk));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    const answeredAt = performance.now();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 .*connection: close/s);
    // What more is sent finds no reader: most of it stays here.
    for (let more = 0; more < 1_024; more++) socket.write(chunk);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(performance.now() - answeredAt).toBeGreaterThan(500);
    expect(socket.bytesWritten - socket.writableLength).toBeLessThan(16 * 1024 * 1024);
  });

  it('does not ask for a body it would refuse', async () => {
    const { port } = await serve(async () => ok, 1_000);
    const head = (length: number) =>
      `POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n`;
    expect(await rawCall(port, head(1_001))).toMatch(/^HTTP\/1\.1 413/);
    expect(await rawCall(port, `${head(2)}hi`)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200/);
  });

  it.each([
    ['is not HTTP', 'hello\r\n\r\n', 400],
    ['has a target with broken percent-encoding', 'GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400],
    ['has a target that is no path', 'OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400],
    ['has a body with broken chunks', 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 400],
    ['has headers beyond the limit', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ])('answers a problem document when a request %s', async (_what, bytes, status) => {
    let handled = 0;
    const { port } = await serve(async () => ((handled += 1), ok));
    const answer = await rawCall(port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain('urn:seamproof:problem:invalid-request');
    expect(handled).toBe(0);
  });

  it.each([
    ['garbage', 'garbage\r\n\r\n'],
    ['a body over the limit', `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2000000\r\n\r\n`],
  ])('never lets a refusal of %s pass for the answer to the call before it on the connection', async (_what, bytes) => {
    const { port } = await serve(() => new Promise(() => undefined));
    expect(await rawCall(port, `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n${bytes}`)).toBe('');
  });

  it('answers 500 and logs when the handler throws or its answer cannot be sent', async () => {
    const { url } = await serve(async ({ path }) => {
      if (path === '/throws') throw new Error('oops');
      return { status: 200, headers: { bad: 'line\nbreak' } };
    });
    const { request } = client();
    for (const path of ['/throws', '/unsendable']) {
      const answer = await request({ url: url + path, method: 'GET', deadlineMs });
      expect([answer.status, problemCode(answer.body)]).toEqual([500, 'server-error']);
    }
    expect(logged).toEqual(['http.handler-failed', 'http.unsendable-answer']);
  });

  it('tells the handler when the caller aborts, and the caller that it did', async () => {
    const stop = new AbortController();
    let entered: () => void = () => undefined;
    const isEntered = new Promise<void>((resolve) => (entered = resolve));
    const left = new Promise<void>((resolve) => {
      void serve(async ({ signal }) => {
        signal.addEventListener('abort', () => resolve());
        entered();
        return new Promise(() => undefined);
      }).then(async ({ url }) => {
        const ending = kindOf(client().request({ url, method: 'GET', deadlineMs, signal: stop.signal }));
        await isEntered;
        stop.abort();
        expect(await ending).toBe('aborted');
      });
    });
    await left;
  });

  it('does not tell the handler that a caller went away who got the whole answer', async () => {
    let signal: AbortSignal | undefined;
    const listener = await serve(async (request) => ((signal = request.signal), ok));
    const { request, close } = client();
    await request({ url: listener.url, method: 'GET', deadlineMs });
    await close();
    await listener.close({ graceMs: 1_000 });
    expect(signal?.aborted).toBe(false);
  });

  it('calls a deadline that passes while the peer thinks a timeout, on time', async () => {
    const { url } = await serve(() => new Promise(() => undefined));
    const start = performance.now();
    expect(await kindOf(client().request({ url, method: 'GET', deadlineMs: 60 }))).toBe('timeout');
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('calls it refused when nobody listens, when its time is over already, and after closing', async () => {
    const listener = await serve(async () => ok);
    await listener.close({ graceMs: 0 });
    const { request, close } = client();
    expect(await kindOf(request({ url: listener.url, method: 'GET', deadlineMs }))).toBe('refused');
    expect(await kindOf(request({ url: listener.url, method: 'GET', deadlineMs: 0 }))).toBe('refused');
    await close();
    expect(await kindOf(request({ url: listener.url, method: 'GET', deadlineMs }))).toBe('refused');
  });

  it('calls a request refused that waited for a connection until its deadline, and never sends it', async () => {
    let handled = 0;
    const waiting: (() => void)[] = [];
    let full: () => void = () => undefined;
    const isFull = new Promise<void>((resolve) => (full = resolve));
    const { url } = await serve(async () => {
      handled += 1;
      if (handled === 256) full();
      if (handled <= 256) await new Promise<void>((resolve) => waiting.push(resolve));
      return ok;
    });
    const { request } = client();
    const busy = Array.from({ length: 256 }, () => request({ url, method: 'POST', deadlineMs }));
    await isFull;
    expect(await kindOf(request({ url, method: 'POST', deadlineMs: 30 }))).toBe('refused');
    for (const go of waiting) go();
    await Promise.all(busy);
    expect((await request({ url, method: 'GET', deadlineMs })).status).toBe(200);
    expect(handled).toBe(257);
  });

  it.each([
    ['closes without an answer', (socket: Socket) => socket.once('data', () => socket.end())],
    ['resets without an answer', (socket: Socket) => socket.once('data', () => socket.resetAndDestroy())],
    [
      'breaks off in the middle of the answer',
      (socket: Socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')),
    ],
    ['answers in no language we know', (socket: Socket) => socket.once('data', () => socket.end('nonsense\r\n\r\n'))],
  ])('calls it lost when the peer %s', async (_what, onConnection) => {
    const url = await rawServer(onConnection);
    expect(await kindOf(client().request({ url, method: 'POST', deadlineMs }))).toBe('lost');
  });

  it('calls it lost, and never sends it again by itself, when a kept-alive connection breaks under the next call', async () => {
    const requests: string[] = [];
    const url = await rawServer((socket) => {
      let onThisConnection = 0;
      socket.on('data', (chunk) => {
        requests.push(chunk.toString().split(' ')[1] ?? '');
        onThisConnection += 1;
        if (onThisConnection === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
        else socket.destroy();
      });
    });
    const { request } = client();
    const endings: string[] = [];
    for (let call = 0; call < 4; call++) endings.push(await kindOf(request({ url: `${url}/${call}`, method: 'GET', deadlineMs })));
    expect(endings).toContain('lost');
    expect(requests).toEqual(['/0', '/1', '/2', '/3']);
  });
});

describe('closing a listener', () => {
  it('lets a call in progress end, and accepts no new one', async () => {
    let finish: () => void = () => undefined;
    let entered: () => void = () => undefined;
    const isEntered = new Promise<void>((resolve) => (entered = resolve));
    const listener = await serve(async () => {
      entered();
      await new Promise<void>((resolve) => (finish = resolve));
      return ok;
    });
    const { request } = client();
    const inProgress = request({ url: listener.url, method: 'GET', deadlineMs });
    await isEntered;
    const closed = listener.close({ graceMs: 5_000 });
    expect(await kindOf(client().request({ url: listener.url, method: 'GET', deadlineMs }))).toBe('refused');
    const start = performance.now();
    finish();
    expect(await inProgress).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await closed;
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('does not wait for idle connections', async () => {
    const listener = await serve(async () => ok);
    await client().request({ url: listener.url, method: 'GET', deadlineMs });
    const start = performance.now();
    await listener.close({ graceMs: 10_000 });
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('cuts calls that outlast the grace', async () => {
    let entered: () => void = () => undefined;
    const isEntered = new Promise<void>((resolve) => (entered = resolve));
    const listener = await serve(() => (entered(), new Promise(() => undefined)));
    const ending = kindOf(client().request({ url: listener.url, method: 'GET', deadlineMs }));
    await isEntered;
    await listener.close({ graceMs: 20 });
    expect(await ending).toBe('lost');
  });
});
