/** Serving HTTP with node:http: bodies in full and bounded, callers that leave, closing with grace. */
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { answer, bodyTooLarge, malformed, parseTarget } from '../answer.ts';
import type { Headers, Listener, ListenOptions, Logger, OutgoingResponse } from '../port.ts';
import { problemResponse } from '../problem.ts';

/** Longer than a client keeps an idle connection (`http-client.ts`), so that the client closes first and no request meets a closing socket. */
const keepAliveTimeoutMs = 20_000;
/** A request must be here in full within this. */
const requestTimeoutMs = 30_000;
/** How long a refused sender has to read the refusal before its connection is cut. */
const lingerMs = 1_000;
const defaultMaxHeaderBytes = 16_384;

export async function listenHttp(options: ListenOptions, log: Logger): Promise<Listener> {
  const { handler, maxBodyBytes, maxHeaderBytes = defaultMaxHeaderBytes } = options;
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    keepAliveTimeout: keepAliveTimeoutMs,
    requestTimeout: requestTimeoutMs,
    noDelay: true,
  });
  /** Requests on a connection that have no complete answer yet: whatever is written to it is taken for the answer to the first of them. */
  const unanswered = new WeakMap<Socket, Set<IncomingMessage>>();
  let closing = false;

  server.on('request', receive);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers['content-length']) <= maxBodyBytes) response.writeContinue();
    receive(request, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // A request that came in full is, or will be, handled: a refusal now would be read as its answer, though it may well take effect.
    const someoneElseWaits = [...(unanswered.get(socket) ?? [])].some((request) => request.complete);
    if (someoneElseWaits || !socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else refuse(socket, refusalOf(error.code, maxHeaderBytes));
  });

  function receive(request: IncomingMessage, response: ServerResponse): void {
    // A connection that breaks while the body comes in is no error of ours: nothing was done and nobody is there to be told.
    request.on('error', () => undefined);
    const { socket } = request;
    const onThisConnection = unanswered.get(socket) ?? new Set();
    unanswered.set(socket, onThisConnection.add(request));
    const caller = new AbortController();
    response.on('close', () => {
      onThisConnection.delete(request);
      if (!response.writableFinished) caller.abort(new Error('the caller went away'));
    });
    const chunks: Buffer[] = [];
    let receivedBytes = 0;
    const refuseBody = (): void => {
      request.pause();
      request.removeAllListeners('data');
      request.removeAllListeners('end');
      // Without a socket the answer waits behind that of an earlier call on the connection, and would be taken for it.
      if (response.socket === null) socket.destroy();
      else refuse(socket, bodyTooLarge(maxBodyBytes));
    };
    if (Number(request.headers['content-length']) > maxBodyBytes) {
      refuseBody();
      return;
    }
    request.on('data', (chunk: Buffer) => {
      receivedBytes += chunk.byteLength;
      if (receivedBytes > maxBodyBytes) refuseBody();
      else chunks.push(chunk);
    });
    request.on(
      'end',
      () => void handle(request, response, caller.signal, chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
    );
  }

  async function handle(request: IncomingMessage, response: ServerResponse, signal: AbortSignal, body: Uint8Array): Promise<void> {
    const target = parseTarget(request.url ?? '');
    const method = request.method ?? '';
    const outcome =
      target === undefined
        ? malformed(`The request target ${request.url} is not a path with valid percent-encoding.`)
        : await answer(handler, { method, ...target, headers: flatHeaders(request.headers), body, signal }, log);
    if (response.destroyed) return;
    try {
      write(response, outcome);
    } catch (error) {
      // Only the response's own shape can be at fault here, such as a header value with a line break; nothing has been sent yet.
      const detail = error instanceof Error ? error.message : String(error);
      log.error('http.unsendable-answer', { method, path: request.url, error: detail });
      write(response, problemResponse({ code: 'server-error', status: 500, detail: `The answer could not be sent: ${detail}` }));
    }
  }

  function write(response: ServerResponse, { status, headers, body = '' }: OutgoingResponse): void {
    response.writeHead(status, {
      ...headers,
      'content-length': Buffer.byteLength(body),
      // Otherwise the connection would be kept alive and hold up the closing.
      ...(closing ? { connection: 'close' } : {}),
    });
    response.end(body);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });

  return {
    port: (server.address() as AddressInfo).port,
    close: async ({ graceMs }) => {
      closing = true;
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

/**
 * Answers and half-closes without reading what is still coming. Closing at once would make the kernel send a reset, which can overtake the
 * answer at the sender (RFC 9112 §9.6), so the connection stays for a moment.
 */
function refuse(socket: Socket, { status, headers = {}, body = '' }: OutgoingResponse): void {
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  const cut = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(cut));
}

function refusalOf(errorCode: string | undefined, maxHeaderBytes: number): OutgoingResponse {
  switch (errorCode) {
    case 'HPE_HEADER_OVERFLOW':
      return problemResponse({
        code: 'invalid-request',
        status: 431,
        detail: `The headers are larger than the ${maxHeaderBytes} bytes accepted here.`,
      });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problemResponse({
        code: 'invalid-request',
        status: 408,
        detail: `The request was not here in full within ${requestTimeoutMs} ms; nothing was done.`,
      });
    default:
      return malformed('The request is not valid HTTP/1.1; nothing was done.');
  }
}

function flatHeaders(headers: IncomingMessage['headers']): Headers {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return flat;
}
