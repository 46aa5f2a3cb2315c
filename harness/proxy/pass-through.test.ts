import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:net';
import { Agent, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answer, callTcp, deferred, openPlane, readAll, serveHttp, serveTcp } from './test-support.ts';

const shortDigest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

function keepAliveClient(): Agent {
  const agent = new Agent({ connections: 1, pipelining: 1 });
  onTestFinished(() => agent.close());
  return agent;
}

const echo: http.RequestListener = async (message, response) => {
  answer(response, await readAll(message));
};

describe('bytes', () => {
  test.each([1, 1_000, 70_000, 20 * 1024 * 1024])('of a body of %i come out as they went in, both ways', async (size) => {
    const { edgeTo, recorded } = openPlane();
    const callee = await serveHttp(echo);
    const sent = randomBytes(size);
    const { body } = await request(`http://127.0.0.1:${await edgeTo(callee.port)}/echo`, {
      method: 'POST',
      body: sent,
      dispatcher: keepAliveClient(),
    });
    expect(Buffer.from(await body.arrayBuffer()).equals(sent)).toBe(true);
    const [record] = await recorded(1);
    expect(record).toMatchObject({
      outcome: 'completed',
      status: 200,
      requestDigest: shortDigest(sent),
      responseDigest: shortDigest(sent),
      faults: [],
    });
    expect(record?.requestBytes).toBeGreaterThan(size);
    expect(record?.responseBytes).toBeGreaterThan(size);
  });

  test('in chunks keep their framing, and the digest is that of the payload', async () => {
    const { edgeTo, recorded } = openPlane();
    const seen: string[] = [];
    const callee = await serveTcp((socket) => {
      socket.on('data', (part: Buffer) => {
        seen.push(part.toString('latin1'));
        if (seen.join('').endsWith('0\r\n\r\n'))
          socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;q=1\r\nabc\r\n0\r\nt: u\r\n\r\n');
      });
    });
    const caller = await callTcp(await edgeTo(callee.port));
    const sent = 'pOsT /x HTTP/1.1\r\nHOST:a\r\nTransfer-Encoding:  chunked\r\n\r\n002\r\nhi\r\n0\r\n\r\n';
    caller.socket.write(sent);
    await caller.until('t: u\r\n\r\n');
    expect(seen.join('')).toBe(sent);
    expect(caller.received().toString()).toBe('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;q=1\r\nabc\r\n0\r\nt: u\r\n\r\n');
    expect((await recorded(1))[0]).toMatchObject({
      method: 'pOsT',
      requestDigest: shortDigest(Buffer.from('hi')),
      responseDigest: shortDigest(Buffer.from('abc')),
    });
  });

  test('sent one by one are forwarded and recorded as one call', async () => {
    const { edgeTo, recorded } = openPlane();
    const callee = await serveHttp(echo);
    const caller = await callTcp(await edgeTo(callee.port));
    for (const byte of Buffer.from('POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc')) {
      await new Promise((resolve) => caller.socket.write(Buffer.of(byte), resolve));
    }
    await caller.until('\r\n\r\nabc');
    expect(await recorded(1)).toMatchObject([{ path: '/slow', requestDigest: shortDigest(Buffer.from('abc')), outcome: 'completed' }]);
  });

  test('of a protocol other than HTTP pass raw, also when the server speaks first, and leave no record', async () => {
    const { edgeTo, records } = openPlane();
    const callee = await serveTcp((socket) => {
      socket.write('220 hello\r\n');
      socket.on('data', (part: Buffer) => socket.write(Buffer.from(part).reverse()));
      socket.on('end', () => socket.end('bye'));
    });
    const caller = await callTcp(await edgeTo(callee.port));
    await caller.until('220 hello\r\n');
    caller.socket.write('\x01\x02\x03');
    await caller.until('\x03\x02\x01');
    caller.socket.end();
    await caller.until('bye');
    expect(await caller.closed).toBe('end');
    expect(records).toEqual([]);
  });

  test('of another protocol pass raw after the server has closed its side', async () => {
    const { edgeTo } = openPlane();
    const heard = deferred<string>();
    const callee = await serveTcp((socket) => {
      socket.end('220 done\r\n');
      socket.on('data', (part: Buffer) => heard.resolve(part.toString()));
    });
    const caller = connect({ port: await edgeTo(callee.port), host: '127.0.0.1', allowHalfOpen: true });
    caller.resume();
    await once(caller, 'end');
    caller.write('QUIT\r\n');
    expect(await heard.promise).toBe('QUIT\r\n');
    caller.destroy();
  });

  test('of another protocol that ends with a reset end so on the other side, too', async () => {
    const { edgeTo } = openPlane();
    const callee = await serveTcp((socket) => socket.write('220 hello\r\n'));
    const port = await edgeTo(callee.port);
    const first = await callTcp(port);
    await first.until('220 hello');
    callee.connections[0]?.resetAndDestroy();
    expect(await first.closed).toBe('reset');
    const second = await callTcp(port);
    await second.until('220 hello');
    const [, socket] = callee.connections;
    if (socket === undefined) throw new Error('the callee has no second connection');
    socket.resume();
    const failed = once(socket, 'error');
    second.socket.resetAndDestroy();
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  test('of a malformed request reach the callee, which answers for itself', async () => {
    const { edgeTo, records } = openPlane();
    const callee = await serveHttp(echo);
    const caller = await callTcp(await edgeTo(callee.port));
    caller.socket.write('GET / HTTP/1.1\r\nBad Header: x\r\n\r\n');
    await caller.until('HTTP/1.1 400 Bad Request');
    expect(await caller.closed).toBe('end');
    expect(records).toEqual([]);
  });

  test('of a malformed response reach the caller, and later requests on that connection still pass', async () => {
    const { edgeTo, recorded } = openPlane();
    const callee = await serveTcp((socket) => socket.on('data', () => socket.write('HTTP/1.1 200 OK\nlenient: yes\n\n')));
    const caller = await callTcp(await edgeTo(callee.port));
    caller.socket.write('GET /1 HTTP/1.1\r\n\r\n');
    await caller.until('lenient: yes\n\n', 1);
    caller.socket.write('GET /2 HTTP/1.1\r\n\r\n');
    await caller.until('lenient: yes\n\n', 2);
    callee.connections[0]?.end();
    caller.socket.end();
    const [record] = await recorded(1);
    expect(record).toMatchObject({ path: '/1' });
    expect(record).not.toHaveProperty('status');
    expect(record).not.toHaveProperty('respondedAt');
  });

  test('after a switch of protocols pass raw, and the switch is recorded', async () => {
    const { edgeTo, recorded } = openPlane();
    const callee = await serveHttp(() => undefined);
    callee.server.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\nready');
      socket.pipe(socket);
    });
    const caller = await callTcp(await edgeTo(callee.port));
    caller.socket.write('GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n');
    await caller.until('ready');
    caller.socket.write('not http at all');
    await caller.until('not http at all');
    expect(await recorded(1)).toMatchObject([{ status: 101, outcome: 'completed' }]);
  });
});

describe('connections', () => {
  test('kept alive by the caller are one connection at the callee', async () => {
    const { edgeTo, recorded } = openPlane();
    const callee = await serveHttp(echo);
    const url = `http://127.0.0.1:${await edgeTo(callee.port)}`;
    const dispatcher = keepAliveClient();
    for (let index = 0; index < 20; index += 1) {
      const { body } = await request(`${url}/${index}`, { method: 'PUT', body: `body ${index}`, dispatcher });
      expect(await body.text()).toBe(`body ${index}`);
    }
    expect(callee.connections).toHaveLength(1);
    expect((await recorded(20)).map(({ id, path }) => [id, path])).toEqual(Array.from({ length: 20 }, (_, index) => [index, `/${index}`]));
  });

  test('that an idle callee closes are closed at the caller', async () => {
    const { edgeTo } = openPlane();
    const callee = await serveHttp(echo);
    const caller = await callTcp(await edgeTo(callee.port));
    caller.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await caller.until('200 OK');
    callee.server.closeIdleConnections();
    expect(await caller.closed).toBe('end');
  });

  test('that an idle caller closes are closed at the callee', async () => {
    const { edgeTo } = openPlane();
    const callee = await serveHttp(echo);
    const caller = await callTcp(await edgeTo(callee.port));
    caller.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await caller.until('200 OK');
    const [socket] = callee.connections;
    if (socket === undefined) throw new Error('the callee has no connection');
    const closed = once(socket, 'close');
    caller.socket.destroy();
    await closed;
  });

  test('close after a response that ends with them, and the call counts as completed', async () => {
    const { edgeTo, recorded } = openPlane();
    const callee = await serveTcp((socket) => socket.on('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nuntil the end')));
    const caller = await callTcp(await edgeTo(callee.port));
    caller.socket.write('GET / HTTP/1.1\r\n\r\n');
    expect(await caller.closed).toBe('end');
    expect(caller.received().toString()).toBe('HTTP/1.0 200 OK\r\n\r\nuntil the end');
    expect(await recorded(1)).toMatchObject([
      { outcome: 'completed', status: 200, responseDigest: shortDigest(Buffer.from('until the end')) },
    ]);
  });

  test('carry pipelined requests in order, each with an answer of its own', async () => {
    const { edgeTo, recorded } = openPlane();
    const callee = await serveHttp(async (message, response) => answer(response, `${message.url}:${await readAll(message)};`));
    const caller = await callTcp(await edgeTo(callee.port));
    const requests = Array.from({ length: 10 }, (_, index) => `POST /${index} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n${index}!`);
    caller.socket.write(requests.join(''));
    await caller.until(';', 10);
    expect(
      caller
        .received()
        .toString()
        .match(/\/\d:\d!;/g),
    ).toEqual(requests.map((_, index) => `/${index}:${index}!;`));
    expect((await recorded(10)).map(({ path }) => path)).toEqual(requests.map((_, index) => `/${index}`));
  });

  test('carry the rest of a request that was answered early, and then the next one', async () => {
    const { edgeTo, recorded } = openPlane();
    let seen = '';
    const callee = await serveTcp((socket) => {
      socket.on('data', (part: Buffer) => {
        seen += part.toString();
        if (seen.endsWith('first') || seen.includes('/2')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    const caller = await callTcp(await edgeTo(callee.port));
    const first = 'PUT /1 HTTP/1.1\r\nContent-Length: 11\r\n\r\nfirst';
    const second = 'GET /2 HTTP/1.1\r\n\r\n';
    caller.socket.write(first);
    await caller.until('ok');
    caller.socket.write(`second${second}`);
    await caller.until('ok', 2);
    expect(seen).toBe(`${first}second${second}`);
    expect(await recorded(2)).toMatchObject([{ path: '/1', requestDigest: shortDigest(Buffer.from('firstsecond')) }, { path: '/2' }]);
  });

  test('carry HEAD, 204, 304 and 100-continue without losing their place', async () => {
    const { edgeTo, recorded } = openPlane();
    const callee = await serveHttp(async (message, response) => {
      const body = await readAll(message);
      if (message.url === '/head') response.writeHead(200, { 'content-length': 99 }).end();
      else if (message.url === '/204') response.writeHead(204).end();
      else if (message.url === '/304') response.writeHead(304).end();
      else answer(response, body);
    });
    const port = await edgeTo(callee.port);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const call = async (method: string, path: string, body?: string): Promise<[number | undefined, string]> => {
      const sent = http.request({
        port,
        host: '127.0.0.1',
        agent,
        method,
        path,
        headers: body === undefined ? {} : { expect: '100-continue', 'content-length': body.length },
      });
      if (body === undefined) sent.end();
      else sent.on('continue', () => sent.end(body));
      const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
      return [response.statusCode, (await readAll(response)).toString()];
    };
    expect(await call('HEAD', '/head')).toEqual([200, '']);
    expect(await call('GET', '/204')).toEqual([204, '']);
    expect(await call('GET', '/304')).toEqual([304, '']);
    expect(await call('POST', '/continue', 'body')).toEqual([200, 'body']);
    expect((await recorded(4)).map(({ status }) => status)).toEqual([200, 204, 304, 200]);
    expect(callee.connections).toHaveLength(1);
  });

  test('many at once do not mix', async () => {
    const { edgeTo, recorded } = openPlane();
    const callee = await serveHttp(echo);
    const url = `http://127.0.0.1:${await edgeTo(callee.port)}`;
    const dispatcher = new Agent({ connections: 20, pipelining: 1 });
    onTestFinished(() => dispatcher.close());
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const sent = Buffer.alloc(1 + index * 100, index);
        const { body } = await request(`${url}/${index}`, { method: 'POST', body: sent, dispatcher });
        expect(Buffer.from(await body.arrayBuffer()).equals(sent)).toBe(true);
      }),
    );
    const all = await recorded(200);
    expect(new Set(all.map(({ path }) => path)).size).toBe(200);
    expect(all.every(({ requestDigest, responseDigest }) => requestDigest === responseDigest)).toBe(true);
  });
});
