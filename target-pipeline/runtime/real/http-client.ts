/**
 * Calling over HTTP with undici: one pool an origin, one request at a time on a connection, nothing repeated. The pool is loaded by itself:
 * undici's index also loads fetch, WebSocket and caches, which costs every node some 50 ms at start; the type comes from the index, and the
 * version is pinned.
 */
import { createRequire } from 'node:module';
import type { Dispatcher, Pool as UndiciPool } from 'undici';
import { type OutgoingRequest, type Transport, TransportError, type TransportErrorKind, type TransportResponse } from '../port.ts';

const require = createRequire(import.meta.url);
const Pool = require('undici/lib/dispatcher/pool.js') as typeof UndiciPool;

/** More than the calls that hang at once when a peer stops answering; beyond it calls wait, and leave later than their sender thinks. */
const connectionsMax = 256;
/** Shorter than the server's (`http-server.ts`). */
const keepAliveTimeoutMs = 4_000;
/** Long enough for one lost SYN, which Linux sends again after a second. */
const connectTimeoutMs = 2_000;
/** No answer of a peer may exhaust this node's memory. */
const maxResponseBytes = 64 * 1024 * 1024;

export function createHttpClient(): Pick<Transport, 'request' | 'close'> {
  const pools = new Map<string, UndiciPool>();
  let closed = false;

  function poolFor(origin: string): UndiciPool {
    let pool = pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, {
        connections: connectionsMax,
        pipelining: 1,
        keepAliveTimeout: keepAliveTimeoutMs,
        keepAliveMaxTimeout: keepAliveTimeoutMs,
        connect: { timeout: connectTimeoutMs },
        // The call's own deadline bounds both.
        headersTimeout: 0,
        bodyTimeout: 0,
        maxResponseSize: maxResponseBytes,
      });
      pools.set(origin, pool);
    }
    return pool;
  }

  return {
    request: async (request) => {
      if (closed) throw new TransportError('refused', `${request.method} ${request.url}: this node's transport is closed`);
      const url = new URL(request.url);
      return call(poolFor(url.origin), url, request);
    },
    close: async () => {
      closed = true;
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}

function call(pool: UndiciPool, url: URL, request: OutgoingRequest): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    const { method, headers = {}, body, deadlineMs, signal } = request;
    const where = `${method} ${url.origin}${url.pathname}`;
    const chunks: Buffer[] = [];
    let status = 0;
    let responseHeaders: Record<string, string> = {};
    let settled = false;
    /** Set when the request is about to be written to a socket; from then on it may have left. */
    let controller: Dispatcher.DispatchController | undefined;

    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      return true;
    };
    const fail = (kind: TransportErrorKind, why: string, cause?: unknown): void => {
      if (!settle()) return;
      const error = new TransportError(kind, `${where}: ${why}`, { cause });
      reject(error);
      controller?.abort(error);
    };
    const onDeadline = (): void =>
      controller === undefined
        ? fail('refused', `no connection within the deadline of ${deadlineMs} ms; the request never left`)
        : fail('timeout', `no complete answer within the deadline of ${deadlineMs} ms`);
    const onAbort = (): void => fail('aborted', 'the caller gave up', signal?.reason);

    const timer = setTimeout(onDeadline, Math.max(deadlineMs, 0));
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    if (deadlineMs <= 0) {
      onDeadline();
      return;
    }
    signal?.addEventListener('abort', onAbort, { once: true });

    pool.dispatch(
      { path: url.pathname + url.search, method: method as Dispatcher.HttpMethod, headers, body: body ?? null },
      {
        onRequestStart: (starting) => {
          const again = controller !== undefined;
          controller = starting;
          // Its time was over while it waited for a connection: it must not leave now that nobody counts it.
          if (settled) starting.abort(new Error('given up before it was sent'));
          else if (again) fail('lost', 'the connection broke and the client wanted to send the request again by itself');
        },
        onResponseStart: (_controller, statusCode, received) => {
          status = statusCode;
          responseHeaders = {};
          for (const [name, value] of Object.entries(received)) {
            if (value !== undefined) responseHeaders[name] = typeof value === 'string' ? value : value.join(', ');
          }
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => {
          if (settle())
            resolve({
              status,
              headers: responseHeaders,
              body: (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString('utf8'),
            });
        },
        onResponseError: (_controller, error) => {
          if (controller === undefined) fail('refused', `no connection (${error.message}); the request never left`, error);
          else fail('lost', `the connection broke (${error.message})`, error);
        },
      },
    );
  });
}
