import { once } from 'node:events';
import { createServer } from 'node:net';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { answer, callTcp, deadPort, deferred, openPlane, readAll, serveHttp, serveTcp } from './test-support.ts';

const get = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n';

describe('a caller that goes away', () => {
  test('before the answer leaves a call without one, and the callee learns of it', async () => {
    const plane = openPlane();
    const aborted = deferred();
    const arrived = deferred();
    const callee = await serveHttp((message) => {
      message.on('close', () => aborted.resolve());
      arrived.resolve();
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(get);
    await arrived.promise;
    caller.socket.destroy();
    await aborted.promise;
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({ outcome: 'caller-closed', faults: [] });
    expect(record?.forwardedAt).toBeDefined();
    expect(record).not.toHaveProperty('respondedAt');
  });

  test('before an answer that comes all the same has it recorded', async () => {
    const plane = openPlane();
    const callee = await serveTcp((socket) => {
      socket.resume();
      socket.on('end', () => socket.end('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n'));
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(get);
    caller.socket.destroySoon();
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({ outcome: 'caller-closed', status: 201 });
    expect(record?.respondedAt).toBeGreaterThan(record?.forwardedAt ?? Number.POSITIVE_INFINITY);
  });

  test('right after writing has its request delivered', async () => {
    const plane = openPlane();
    const seen = deferred<string>();
    const callee = await serveHttp(async (message, response) => {
      seen.resolve((await readAll(message)).toString());
      answer(response, 'late');
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.end('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nforget');
    expect(await seen.promise).toBe('forget');
    expect(await plane.recorded(1)).toMatchObject([{ outcome: 'caller-closed' }]);
  });

  test('in the middle of its request leaves a call that was never forwarded in full', async () => {
    const plane = openPlane();
    const closed = deferred();
    const started = deferred();
    const callee = await serveHttp((message) => {
      started.resolve();
      message.resume();
      message.on('error', () => undefined);
      message.on('close', () => closed.resolve());
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nhal');
    await started.promise;
    caller.socket.destroy();
    await closed.promise;
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({ outcome: 'caller-closed' });
    expect(record).not.toHaveProperty('forwardedAt');
    expect(record).not.toHaveProperty('requestDigest');
  });
});

describe('a callee that goes away', () => {
  test('in the middle of its answer leaves the caller with what came, closed the same way', async () => {
    const plane = openPlane();
    const callee = await serveTcp((socket) => socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')));
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(get);
    expect(await caller.closed).toBe('end');
    expect(caller.received().toString()).toMatch(/half$/);
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({ outcome: 'callee-closed', status: 200 });
    expect(record).not.toHaveProperty('respondedAt');
    expect(record).not.toHaveProperty('responseDigest');
  });

  test('with a reset resets the caller', async () => {
    const plane = openPlane();
    const callee = await serveTcp((socket) => socket.on('data', () => socket.resetAndDestroy()));
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(get);
    expect(await caller.closed).toBe('reset');
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({ outcome: 'callee-closed' });
    expect(record).not.toHaveProperty('status');
    expect(record?.forwardedAt).toBeDefined();
  });

  test('with a reset leaves an answer without a length incomplete, for nobody knows whether that was all', async () => {
    const plane = openPlane();
    const callee = await serveTcp((socket) => socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\nperhaps half')));
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(get);
    await caller.until('half');
    callee.connections[0]?.resetAndDestroy();
    expect(await caller.closed).toBe('reset');
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({ outcome: 'callee-closed', status: 200 });
    expect(record).not.toHaveProperty('respondedAt');
  });

  test('after its answer, while the caller still sends, does not cost the caller the answer', async () => {
    const plane = openPlane();
    const callee = await serveTcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'));
      socket.resume();
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.pause();
    caller.socket.write(Buffer.concat([Buffer.from('PUT /x HTTP/1.1\r\nContent-Length: 50000000\r\n\r\n'), Buffer.alloc(5_000_000)]));
    await plane.recorded(1);
    caller.socket.resume();
    expect(await caller.closed).toBe('end');
    expect(caller.received().toString()).toContain('413');
    expect(plane.records).toMatchObject([{ outcome: 'completed', status: 413 }]);
  });

  test('after refusing a large upload early has its answer reach the caller', async () => {
    const plane = openPlane();
    const callee = await serveHttp((message, response) => {
      response.writeHead(413, { connection: 'close' }).end('too large');
      message.resume();
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write('PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\nstart');
    await caller.until('too large');
    expect(await caller.closed).toBe('end');
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({ outcome: 'completed', status: 413 });
    expect(record).not.toHaveProperty('forwardedAt');
  });

  test('before the caller asked anything is refused to the caller at once, and the attempt is recorded', async () => {
    const plane = openPlane();
    const port = await plane.edgeTo(await deadPort());
    const caller = await callTcp(port);
    caller.socket.write(get);
    expect(await caller.closed).toBe('reset');
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({ outcome: 'callee-refused', path: '/x', responseBytes: 0 });
    expect(record).not.toHaveProperty('forwardedAt');
    await expect(request(`http://127.0.0.1:${port}/y`)).rejects.toThrow();
    expect(await plane.recorded(2)).toMatchObject([{}, { outcome: 'callee-refused', path: '/y' }]);
  });

  test('is refused to a caller that only connects, too', async () => {
    const plane = openPlane();
    const caller = await callTcp(await plane.edgeTo(await deadPort()));
    expect(await caller.closed).toBe('reset');
    expect(plane.records).toEqual([]);
  });
});

describe('times and ids', () => {
  test('are ordered within a call, and ids are dense in the order calls ended', async () => {
    const plane = openPlane();
    const slow = deferred();
    const callee = await serveHttp(async (message, response) => {
      if (message.url === '/slow') await slow.promise;
      answer(response, 'ok');
    });
    const url = `http://127.0.0.1:${await plane.edgeTo(callee.port)}`;
    const heard: number[] = [];
    const stop = plane.plane.onTraffic(({ id }) => heard.push(id));
    const first = request(`${url}/slow`);
    await request(`${url}/fast`);
    await plane.recorded(1);
    slow.resolve();
    await first;
    const records = [...(await plane.recorded(2))];
    stop();
    await request(`${url}/unheard`);
    await plane.recorded(3);
    expect(records.map(({ id, path }) => [id, path])).toEqual([
      [0, '/fast'],
      [1, '/slow'],
    ]);
    expect(heard).toEqual([0, 1]);
    for (const { receivedAt, forwardedAt = Number.NaN, respondedAt = Number.NaN, endedAt } of records) {
      expect(receivedAt).toBeLessThan(forwardedAt);
      expect(forwardedAt).toBeLessThan(respondedAt);
      expect(respondedAt).toBeLessThanOrEqual(endedAt);
    }
  });

  test('of problem documents come with the code they name', async () => {
    const plane = openPlane();
    const callee = await serveHttp((_, response) => {
      response
        .writeHead(409, { 'content-type': 'application/problem+json' })
        .end('{"type":"urn:seamproof:problem:fenced","title":"Fenced"}');
    });
    await request(`http://127.0.0.1:${await plane.edgeTo(callee.port)}/`);
    expect(await plane.recorded(1)).toMatchObject([{ status: 409, problem: 'fenced' }]);
  });
});

describe('the plane', () => {
  test('records what is in progress when it closes, and leaves no socket open', async () => {
    const plane = openPlane();
    const arrived = deferred();
    const callee = await serveHttp(() => arrived.resolve());
    const caller = await callTcp(await plane.edgeTo(callee.port));
    const idle = await callTcp((await plane.plane.openEdge({ from: 'a', to: 'b' }, { host: '127.0.0.1', port: callee.port })).port);
    caller.socket.write(get);
    await arrived.promise;
    const calleeSockets = callee.connections.map((socket) => once(socket, 'close'));
    await plane.plane.close();
    await plane.plane.close();
    await Promise.all([caller.closed, idle.closed, ...calleeSockets]);
    expect(plane.records).toMatchObject([{ outcome: 'dropped', path: '/x' }]);
    await expect(plane.edgeTo(callee.port)).rejects.toThrow('closed');
  });

  test('closes while a request is held for ever', async () => {
    const plane = openPlane();
    const held = deferred();
    const callee = await serveHttp(() => undefined);
    plane.plane.addRule({
      id: 'hold',
      decide: () => {
        held.resolve();
        return { label: 'held', holdUntil: new Promise<void>(() => undefined) };
      },
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(get);
    await held.promise;
    await plane.plane.close();
    await caller.closed;
    expect(plane.records).toMatchObject([{ outcome: 'dropped', faults: ['held'] }]);
  });

  test('refuses to open an edge twice, or on a port that is taken', async () => {
    const plane = openPlane();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const target = { host: '127.0.0.1', port: 1 };
    await expect(plane.plane.openEdge({ from: 'a', to: 'b' }, target, { port: address.port })).rejects.toThrow('EADDRINUSE');
    taken.close();
    await once(taken, 'close');
    const edge = await plane.plane.openEdge({ from: 'a', to: 'b' }, target, { port: address.port });
    expect(edge).toEqual({ url: `http://127.0.0.1:${address.port}`, host: '127.0.0.1', port: address.port });
    await expect(plane.plane.openEdge({ from: 'a', to: 'b' }, target)).rejects.toThrow('open already');
  });

  test('makes a callee wait for a caller that does not read', async () => {
    const plane = openPlane();
    const total = 256 * 1024 * 1024;
    const callee = await serveTcp((socket) => {
      socket.on('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
        socket.write(Buffer.alloc(total));
      });
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.pause();
    caller.socket.write(get);
    // Calls beside it are the clock: a proxy that went on reading would have moved everything by the time they are done.
    const other = await serveHttp((_, response) => answer(response, 'ok'));
    const { url } = await plane.plane.openEdge({ from: 'a', to: 'b' }, { host: '127.0.0.1', port: other.port });
    for (let index = 0; index < 1_500; index += 1) await (await request(url)).body.dump();
    // What is gone sits in socket buffers of the operating system, some tens of megabytes each at most.
    expect(callee.connections[0]?.writableLength).toBeGreaterThan(total / 2);
    caller.socket.destroy();
    await plane.recorded(1_501);
  });

  test('makes a caller wait for a callee that does not read', async () => {
    const plane = openPlane();
    const total = 256 * 1024 * 1024;
    const callee = await serveTcp((socket) => socket.pause());
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(`PUT / HTTP/1.1\r\nContent-Length: ${total}\r\n\r\n`);
    caller.socket.write(Buffer.alloc(total));
    const other = await serveHttp((_, response) => answer(response, 'ok'));
    const { url } = await plane.plane.openEdge({ from: 'a', to: 'b' }, { host: '127.0.0.1', port: other.port });
    for (let index = 0; index < 1_500; index += 1) await (await request(url)).body.dump();
    expect(caller.socket.writableLength).toBeGreaterThan(total / 2);
  });
});
