import { once } from 'node:events';
import http from 'node:http';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { answer, callTcp, deadPort, deferred, openPlane, passTime, readAll, serveHttp, serveTcp, type TestPlane } from './test-support.ts';
import type { RequestView } from './types.ts';

const write = 'PUT /registers/a HTTP/1.1\r\nHost: a\r\nX-Fencing-Token: 7\r\nContent-Length: 5\r\n\r\nstale';

/** Holds every PUT; `held` resolves at the first, `release` lets all of them go. */
function holdWrites({ plane }: TestPlane): { readonly held: Promise<RequestView>; release(): void } {
  const held = deferred<RequestView>();
  const released = deferred();
  plane.addRule({
    id: 'hold',
    decide: (view) => {
      if (view.method !== 'PUT') return undefined;
      held.resolve(view);
      return { label: 'held', holdUntil: released.promise };
    },
  });
  return { held: held.promise, release: () => released.resolve() };
}

/** A callee that notes each body it was given and answers with how many there were. */
async function register(): Promise<Awaited<ReturnType<typeof serveHttp>> & { readonly bodies: readonly string[] }> {
  const bodies: string[] = [];
  const callee = await serveHttp(async (message, response) => {
    bodies.push((await readAll(message)).toString());
    answer(response, `write ${bodies.length}`);
  });
  return { ...callee, bodies };
}

describe('a held request', () => {
  test('is delivered on release though its caller has gone, and its answer is recorded', async () => {
    const plane = openPlane();
    const callee = await register();
    const { held, release } = holdWrites(plane);
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(write);
    await held;
    caller.socket.destroy();
    await caller.closed;
    expect(callee.bodies).toEqual([]);
    const releasedAt = plane.now();
    release();
    const [record] = await plane.recorded(1);
    expect(callee.bodies).toEqual(['stale']);
    expect(record).toMatchObject({ outcome: 'caller-closed', faults: ['held'], status: 200, fencingToken: 7 });
    expect(record?.forwardedAt).toBeGreaterThanOrEqual(releasedAt);
    expect(record?.respondedAt).toBeGreaterThan(record?.forwardedAt ?? Number.POSITIVE_INFINITY);
    expect(record?.responseDigest).toBeDefined();
  });

  test('is delivered on release even if its caller reset the connection', async () => {
    const plane = openPlane();
    const callee = await register();
    const { held, release } = holdWrites(plane);
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(write);
    await held;
    caller.socket.resetAndDestroy();
    await caller.closed;
    release();
    expect(await plane.recorded(1)).toMatchObject([{ outcome: 'caller-closed', status: 200 }]);
    expect(callee.bodies).toEqual(['stale']);
  });

  test('is answered in peace: that its caller has gone is not passed on, or the callee might drop its answer', async () => {
    const plane = openPlane();
    const got = deferred();
    const callee = await serveTcp((socket) => {
      socket.on('data', () => got.resolve());
      socket.on('end', () => socket.destroy());
    });
    const { held, release } = holdWrites(plane);
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(write);
    await held;
    caller.socket.destroy();
    await caller.closed;
    release();
    await got.promise;
    await passTime(plane, 20);
    callee.connections.at(-1)?.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    const records = await plane.recorded(21);
    expect(records.find(({ method }) => method === 'PUT')).toMatchObject({ status: 200, outcome: 'caller-closed' });
  });

  test('does not make the proxy keep more than a bound', async () => {
    const plane = openPlane();
    const total = 256 * 1024 * 1024;
    plane.plane.addRule({
      id: 'hold',
      decide: ({ path }) => (path === '/big' ? { label: 'held', holdUntil: new Promise<void>(() => undefined) } : undefined),
    });
    const callee = await register();
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(`PUT /big HTTP/1.1\r\nContent-Length: ${total}\r\n\r\n`);
    caller.socket.write(Buffer.alloc(total));
    await passTime(plane, 1_500);
    expect(caller.socket.writableLength).toBeGreaterThan(total / 2);
  });

  test('is answered to a caller that waited', async () => {
    const plane = openPlane();
    const callee = await register();
    const { held, release } = holdWrites(plane);
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(write);
    await held;
    release();
    await caller.until('write 1');
    expect(await plane.recorded(1)).toMatchObject([{ outcome: 'completed', faults: ['held'] }]);
    caller.socket.write(write);
    await caller.until('write 2');
  });

  test('that never came in full is not delivered once its caller has gone', async () => {
    const plane = openPlane();
    const callee = await register();
    const { held, release } = holdWrites(plane);
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(write.slice(0, -1));
    await held;
    caller.socket.destroy();
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({ outcome: 'caller-closed', faults: ['held'] });
    expect(record).not.toHaveProperty('forwardedAt');
    expect(record).not.toHaveProperty('requestDigest');
    release();
    const port = await openPlane().edgeTo(callee.port);
    await request(`http://127.0.0.1:${port}/after`, { method: 'PUT', body: 'after' });
    expect(callee.bodies).toEqual(['after']);
  });

  test('goes over a new connection when the callee closed the idle one meanwhile', async () => {
    const plane = openPlane();
    const callee = await register();
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(write);
    await caller.until('write 1');
    const { held, release } = holdWrites(plane);
    caller.socket.write(write);
    await held;
    const [idle] = callee.connections;
    if (idle === undefined) throw new Error('the callee has no connection');
    const closed = once(idle, 'close');
    callee.server.closeIdleConnections();
    await closed;
    release();
    await caller.until('write 2');
    expect(await plane.recorded(2)).toMatchObject([{ outcome: 'completed' }, { outcome: 'completed', faults: ['held'] }]);
    expect(callee.connections).toHaveLength(2);
  });

  test('is not answered by what the callee says to a connection that stayed silent', async () => {
    const plane = openPlane();
    const callee = await serveTcp((socket) => {
      if (callee.connections.length === 1) socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
      else socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    });
    const released = deferred();
    plane.plane.addRule({ id: 'hold', decide: () => ({ label: 'held', holdUntil: released.promise }) });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(write);
    // The first connection ends because the proxy discards it.
    while (callee.connections.length < 1) await new Promise((resolve) => setImmediate(resolve));
    const [first] = callee.connections;
    if (first === undefined) throw new Error('the callee has no connection');
    first.resume();
    await once(first, 'end');
    released.resolve();
    await caller.until('ok');
    expect(caller.received().toString()).toBe('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(await plane.recorded(1)).toMatchObject([{ status: 200, outcome: 'completed' }]);
  });

  test('survives a callee that is down while it is held', async () => {
    const plane = openPlane();
    const port = await deadPort();
    const { held, release } = holdWrites(plane);
    const caller = await callTcp(await plane.edgeTo(port));
    caller.socket.write(write);
    await held;
    const server = http.createServer((_, response) => answer(response, 'restarted')).listen(port, '127.0.0.1');
    await once(server, 'listening');
    release();
    await caller.until('restarted');
    server.closeAllConnections();
    server.close();
  });

  test('is held on though the connection made for it was refused long ago', async () => {
    const plane = openPlane();
    const { held, release } = holdWrites(plane);
    const port = await plane.edgeTo(await deadPort());
    const caller = await callTcp(port);
    // A refusal comes back within a few turns of the event loop, long before the proxy stops waiting for the request.
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    caller.socket.write(write);
    await held;
    // The proxy gives up on this one in the same way, and later.
    const silent = await callTcp(port);
    await silent.closed;
    expect(caller.socket.destroyed).toBe(false);
    release();
    await caller.closed;
    expect(await plane.recorded(1)).toMatchObject([{ outcome: 'callee-refused', faults: ['held'] }]);
  });

  test('is recorded as refused when the callee is still down on release', async () => {
    const plane = openPlane();
    const { held, release } = holdWrites(plane);
    const caller = await callTcp(await plane.edgeTo(await deadPort()));
    caller.socket.write(write);
    await held;
    release();
    expect(await caller.closed).toBe('reset');
    expect(await plane.recorded(1)).toMatchObject([{ outcome: 'callee-refused', faults: ['held'] }]);
  });

  test('larger than what is kept waits at its caller and arrives whole', async () => {
    const plane = openPlane();
    const sizes: number[] = [];
    const callee = await serveHttp(async (message, response) => {
      sizes.push((await readAll(message)).length);
      answer(response, 'done');
    });
    const { held, release } = holdWrites(plane);
    const port = await plane.edgeTo(callee.port);
    const sent = request(`http://127.0.0.1:${port}/big`, { method: 'PUT', body: Buffer.alloc(40 * 1024 * 1024) });
    await held;
    release();
    expect((await sent).statusCode).toBe(200);
    expect(sizes).toEqual([40 * 1024 * 1024]);
  });

  test('is let go when the promise it waits for fails', async () => {
    const plane = openPlane();
    const callee = await register();
    const failing = deferred();
    const decided = deferred();
    plane.plane.addRule({
      id: 'hold',
      decide: () => {
        decided.resolve();
        return { label: 'held', holdUntil: failing.promise };
      },
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(write);
    await decided.promise;
    failing.reject(new Error('the nemesis failed'));
    await caller.until('write 1');
  });

  test('keeps the requests pipelined behind it in their order', async () => {
    const plane = openPlane();
    const callee = await register();
    const { held, release } = holdWrites(plane);
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(write + write.replace('stale', 'later'));
    await held;
    caller.socket.destroy();
    await caller.closed;
    release();
    expect(await plane.recorded(2)).toMatchObject([{ outcome: 'caller-closed' }, { outcome: 'caller-closed' }]);
    expect(callee.bodies).toEqual(['stale', 'later']);
  });

  test('does not keep other calls of its edge', async () => {
    const plane = openPlane();
    const callee = await register();
    const released = deferred();
    const held = deferred();
    plane.plane.addRule({
      id: 'hold-7',
      decide: ({ fencingToken }) => {
        if (fencingToken !== 7) return undefined;
        held.resolve();
        return { label: 'held', holdUntil: released.promise };
      },
    });
    const port = await plane.edgeTo(callee.port);
    const stale = await callTcp(port);
    stale.socket.write(write);
    await held.promise;
    const fresh = await callTcp(port);
    fresh.socket.write(write.replace('Token: 7', 'Token: 8').replace('stale', 'fresh'));
    await fresh.until('write 1');
    released.resolve();
    await stale.until('write 2');
    expect(callee.bodies).toEqual(['fresh', 'stale']);
  });
});

describe('a delay', () => {
  test('of the request keeps it from the callee for as long as asked', async () => {
    const plane = openPlane();
    const callee = await register();
    plane.plane.addRule({ id: 'slow', decide: () => ({ label: 'delayed', delayRequestMs: 40 }) });
    const { statusCode } = await request(`http://127.0.0.1:${await plane.edgeTo(callee.port)}/`, { method: 'PUT', body: 'x' });
    expect(statusCode).toBe(200);
    const [record] = await plane.recorded(1);
    expect((record?.forwardedAt ?? 0) - (record?.receivedAt ?? 0)).toBeGreaterThan(38e6);
    expect(record).toMatchObject({ outcome: 'completed', faults: ['delayed'] });
  });

  test('uses the connection there is, unless it was so long that the idle connection may be closing', async () => {
    let skippedNs = 0;
    let skipNs = 0;
    const plane = openPlane({ now: () => performance.now() * 1e6 + skippedNs });
    const callee = await register();
    plane.plane.addRule({
      id: 'slow',
      decide: () => {
        skippedNs += skipNs;
        return { label: 'delayed', delayRequestMs: 1 };
      },
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(write);
    await caller.until('write 1');
    caller.socket.write(write);
    await caller.until('write 2');
    expect(callee.connections).toHaveLength(1);
    skipNs = 4e9;
    caller.socket.write(write);
    await caller.until('write 3');
    expect(callee.connections).toHaveLength(2);
  });

  test('of the response keeps it from the caller, while the record tells when it came', async () => {
    const plane = openPlane();
    const callee = await register();
    plane.plane.addRule({ id: 'slow', decide: () => ({ label: 'delayed', delayResponseMs: 40 }) });
    const { body } = await request(`http://127.0.0.1:${await plane.edgeTo(callee.port)}/`, { method: 'PUT', body: 'x' });
    expect(await body.text()).toBe('write 1');
    const [record] = await plane.recorded(1);
    expect((record?.endedAt ?? 0) - (record?.respondedAt ?? 0)).toBeGreaterThan(35e6);
  });

  test('of a response that its caller does not wait for is a call the caller left', async () => {
    const plane = openPlane();
    const answered = deferred();
    const callee = await serveHttp((_, response) => {
      answer(response, 'late');
      answered.resolve();
    });
    plane.plane.addRule({ id: 'slow', decide: () => ({ label: 'delayed', delayResponseMs: 60 }) });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await answered.promise;
    caller.socket.destroy();
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({ outcome: 'caller-closed', status: 200 });
    expect(record?.respondedAt).toBeDefined();
    expect(caller.received()).toHaveLength(0);
  });

  test('of a large response does not make the proxy keep more than a bound', async () => {
    const plane = openPlane();
    const total = 256 * 1024 * 1024;
    plane.plane.addRule({
      id: 'slow',
      decide: ({ path }) => (path === '/big' ? { label: 'delayed', delayResponseMs: 600_000 } : undefined),
    });
    const callee = await serveTcp((socket) => {
      socket.on('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
        socket.write(Buffer.alloc(total));
      });
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write('GET /big HTTP/1.1\r\n\r\n');
    await passTime(plane, 1_500);
    expect(callee.connections[0]?.writableLength).toBeGreaterThan(total / 2);
  });

  test.each([
    ['with more behind it', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'and more'],
    ['that is malformed', 'HTTP/1.1 200 OK\r\n', 'Broken\r\n\r\n'],
  ])('of a response %s keeps its bytes in order', async (_, first, second) => {
    const plane = openPlane();
    const callee = await serveTcp((socket) => socket.on('data', () => socket.write(first, () => socket.write(second))));
    plane.plane.addRule({ id: 'slow', decide: () => ({ label: 'delayed', delayResponseMs: 20 }) });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write('GET / HTTP/1.1\r\n\r\n');
    await caller.until(second);
    expect(caller.received().toString()).toBe(first + second);
  });

  test('of a response that ends with the connection still returns all of it', async () => {
    const plane = openPlane();
    const callee = await serveTcp((socket) => socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it')));
    plane.plane.addRule({ id: 'slow', decide: () => ({ label: 'delayed', delayResponseMs: 20 }) });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write('GET / HTTP/1.1\r\n\r\n');
    expect(await caller.closed).toBe('end');
    expect(caller.received().toString()).toContain('all of it');
    expect(await plane.recorded(1)).toMatchObject([{ outcome: 'completed' }]);
  });
});

describe('rules', () => {
  test('are asked in the order they were added, and the first that answers decides', async () => {
    const plane = openPlane();
    const callee = await register();
    const asked: string[] = [];
    const rule = (id: string, label?: string): (() => void) =>
      plane.plane.addRule({
        id,
        decide: () => {
          asked.push(id);
          return label === undefined ? undefined : { label };
        },
      });
    rule('silent');
    const removeFirst = rule('first', 'one');
    rule('second', 'two');
    const url = `http://127.0.0.1:${await plane.edgeTo(callee.port)}`;
    await request(url);
    removeFirst();
    removeFirst();
    await request(url);
    expect((await plane.recorded(2)).map(({ faults }) => faults)).toEqual([['one'], ['two']]);
    expect(asked).toEqual(['silent', 'first', 'silent', 'second']);
  });

  test('see what the call means to the pipeline, and nothing that the headers do not say', async () => {
    const plane = openPlane({
      headerNames: { attempt: 'X-Try' },
      classify: (method, path) => ({ kind: `${method.toLowerCase()}-change`, key: path.slice('/registers/'.length) }),
    });
    const callee = await register();
    const views: RequestView[] = [];
    plane.plane.addRule({ id: 'look', decide: (view) => void views.push(view) });
    const url = `http://127.0.0.1:${await plane.edgeTo(callee.port)}/registers/order%2F1`;
    const headers = {
      'Idempotency-Key': 'o1:capture:1',
      'X-Fencing-Token': '12',
      'X-Fencing-Scope': 'orders',
      'x-try': '2',
      'X-Attempt': '9',
      'X-Retry-Round': '3',
    };
    await request(url, { method: 'POST', headers });
    await request(url, { method: 'POST', headers: { 'X-Fencing-Token': '12abc', 'x-try': '-1' } });
    await request(url, { method: 'POST', headers: { 'X-Fencing-Token': '9007199254740993', 'x-try': '' } });
    const meaning = {
      kind: 'post-change',
      key: 'order%2F1',
      idempotencyKey: 'o1:capture:1',
      fencingToken: 12,
      fenceScope: 'orders',
      attempt: 2,
      round: 3,
    };
    const [full, garbled, huge] = await plane.recorded(3);
    expect(full).toMatchObject({ edge: 'caller->callee', from: 'caller', to: 'callee', ...meaning });
    expect(views[0]).toMatchObject({ edge: { from: 'caller', to: 'callee' }, ...meaning });
    for (const record of [garbled, huge]) {
      for (const name of ['idempotencyKey', 'fencingToken', 'fenceScope', 'attempt', 'round']) expect(record).not.toHaveProperty(name);
    }
  });
});

describe('a narrow link', () => {
  test('keeps a message until its last byte would be there, asked once each way with its length', async () => {
    const plane = openPlane();
    const callee = await register();
    const asked: (readonly ['request' | 'response', number])[] = [];
    plane.plane.addRule({
      id: 'narrow',
      decide: () => ({
        label: 'narrow',
        transferMs: (way, bytes) => {
          asked.push([way, bytes]);
          return 30;
        },
      }),
    });
    const response = await request(`http://127.0.0.1:${await plane.edgeTo(callee.port)}/registers/a`, {
      method: 'PUT',
      body: 'x'.repeat(100_000),
    });
    expect(await response.body.text()).toBe('write 1');
    const [record] = await plane.recorded(1);
    expect(asked).toEqual([
      ['request', record?.requestBytes],
      ['response', record?.responseBytes],
    ]);
    expect(record?.requestBytes).toBeGreaterThan(100_000);
    const { receivedAt = 0, forwardedAt = 0, respondedAt = 0, endedAt = 0 } = record ?? {};
    expect(forwardedAt - receivedAt).toBeGreaterThan(28e6);
    expect(endedAt - respondedAt).toBeGreaterThan(28e6);
  });

  test('lets the caller see it when the callee goes in the middle of its answer', async () => {
    const plane = openPlane();
    const callee = await serveTcp((socket) => {
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this');
        socket.end();
      });
    });
    plane.plane.addRule({ id: 'narrow', decide: () => ({ label: 'narrow', transferMs: () => 5 }) });
    await expect(
      request(`http://127.0.0.1:${await plane.edgeTo(callee.port)}/`, { method: 'GET' }).then((response) => response.body.text()),
    ).rejects.toThrow();
    expect(await plane.recorded(1)).toMatchObject([{ outcome: 'callee-closed' }]);
  });
});
