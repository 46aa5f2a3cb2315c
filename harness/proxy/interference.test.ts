/** What faults do to calls beyond delaying them: refuse, swallow, answer in the callee's place, drop the answer, deliver twice. */
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { answer, callTcp, deadPort, deferred, openPlane, passTime, readAll, serveHttp, serveTcp, type TestPlane } from './test-support.ts';
import type { FaultAction } from './types.ts';

const capture = 'POST /capture HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k1\r\nX-Attempt: 1\r\nContent-Length: 5\r\n\r\nmoney';

/** Does this to every POST, and lets everything else pass. */
function doTo({ plane }: TestPlane, action: FaultAction): () => void {
  return plane.addRule({ id: 'fault', decide: ({ method }) => (method === 'POST' ? action : undefined) });
}

/** A callee that notes each body it was given and answers with how many there were. */
async function ledger(): Promise<Awaited<ReturnType<typeof serveHttp>> & { readonly bodies: readonly string[] }> {
  const bodies: string[] = [];
  const callee = await serveHttp(async (message, response) => {
    bodies.push((await readAll(message)).toString());
    answer(response, `entry ${bodies.length}`);
  });
  return { ...callee, bodies };
}

describe('a dropped response', () => {
  test('was delivered, answered and recorded in full before its caller is reset', async () => {
    const plane = openPlane();
    const callee = await ledger();
    const stop = doTo(plane, { label: 'response-dropped', dropResponse: true });
    const port = await plane.edgeTo(callee.port);
    const caller = await callTcp(port);
    caller.socket.write(capture);
    expect(await caller.closed).toBe('reset');
    expect(caller.received()).toHaveLength(0);
    const [dropped] = await plane.recorded(1);
    expect(callee.bodies).toEqual(['money']);
    expect(dropped).toMatchObject({ outcome: 'dropped', faults: ['response-dropped'], status: 200, idempotencyKey: 'k1' });
    expect(dropped?.respondedAt).toBeGreaterThan(dropped?.forwardedAt ?? Number.POSITIVE_INFINITY);
    expect(dropped?.responseBytes).toBeGreaterThan(0);
    stop();
    const again = await callTcp(port);
    again.socket.write(capture);
    await again.until('entry 2');
    const [, second] = await plane.recorded(2);
    expect(second?.requestDigest).toBe(dropped?.requestDigest);
    expect(second?.responseDigest).not.toBe(dropped?.responseDigest);
    expect(dropped?.responseDigest).toMatch(/^[0-9a-f]{16}$/);
  });

  test('that ends with its connection is dropped as well', async () => {
    const plane = openPlane();
    const callee = await serveTcp((socket) => socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it')));
    doTo(plane, { label: 'response-dropped', dropResponse: true });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    expect(await caller.closed).toBe('reset');
    expect(caller.received()).toHaveLength(0);
    expect(await plane.recorded(1)).toMatchObject([{ outcome: 'dropped', status: 200, responseDigest: expect.any(String) as string }]);
  });

  test('is not claimed of a callee that went away before it had answered', async () => {
    const plane = openPlane();
    const callee = await serveTcp((socket) => socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')));
    doTo(plane, { label: 'response-dropped', dropResponse: true });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    await caller.closed;
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({ outcome: 'callee-closed' });
    expect(record).not.toHaveProperty('respondedAt');
  });

  test('that nobody could follow resets the caller rather than handing it the rest', async () => {
    const plane = openPlane();
    const callee = await serveTcp((socket) => socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nBroken\r\n\r\n')));
    doTo(plane, { label: 'response-dropped', dropResponse: true });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    expect(await caller.closed).toBe('reset');
    expect(caller.received()).toHaveLength(0);
  });

  test('of which the caller had enough is still recorded', async () => {
    const plane = openPlane();
    const arrived = deferred();
    const finish = deferred();
    const callee = await serveHttp(async (message, response) => {
      await readAll(message);
      arrived.resolve();
      await finish.promise;
      answer(response, 'late');
    });
    doTo(plane, { label: 'response-dropped', dropResponse: true });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    await arrived.promise;
    caller.socket.destroy();
    await caller.closed;
    finish.resolve();
    expect(await plane.recorded(1)).toMatchObject([{ outcome: 'caller-closed', status: 200, faults: ['response-dropped'] }]);
  });
});

describe('a refused request', () => {
  test('never reaches the callee, and its caller notices at once', async () => {
    const plane = openPlane();
    const callee = await ledger();
    doTo(plane, { label: 'refused', refuse: true });
    const port = await plane.edgeTo(callee.port);
    const caller = await callTcp(port);
    caller.socket.write(capture);
    expect(await caller.closed).toBe('reset');
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({
      outcome: 'dropped',
      faults: ['refused'],
      idempotencyKey: 'k1',
      requestDigest: expect.any(String) as string,
    });
    for (const name of ['forwardedAt', 'status', 'respondedAt']) expect(record).not.toHaveProperty(name);
    await (await request(`http://127.0.0.1:${port}/read`)).body.dump();
    expect(callee.bodies).toEqual(['']);
  });

  test('comes after a delay when one is asked for', async () => {
    const plane = openPlane();
    const callee = await ledger();
    doTo(plane, { label: 'refused', delayRequestMs: 30, refuse: true });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    expect(await caller.closed).toBe('reset');
    const [record] = await plane.recorded(1);
    expect((record?.endedAt ?? 0) - (record?.receivedAt ?? 0)).toBeGreaterThan(28e6);
  });
});

describe('silence', () => {
  test('of the request forwards nothing; the caller that gives up leaves a call that never was', async () => {
    const plane = openPlane();
    const callee = await ledger();
    const healed = deferred();
    doTo(plane, { label: 'silenced', silence: { of: 'request', until: healed.promise } });
    const port = await plane.edgeTo(callee.port);
    const caller = await callTcp(port);
    caller.socket.write(capture);
    // Another call through the same proxy: by then the silenced one would have been delivered.
    await (await request(`http://127.0.0.1:${port}/read`)).body.dump();
    expect(caller.socket.destroyed).toBe(false);
    caller.socket.destroy();
    const [, record] = await plane.recorded(2);
    expect(record).toMatchObject({ outcome: 'caller-closed', faults: ['silenced'] });
    expect(record).not.toHaveProperty('forwardedAt');
    healed.resolve();
    await (await request(`http://127.0.0.1:${port}/read`)).body.dump();
    expect(callee.bodies).toEqual(['', '']);
  });

  test('of the request ends with a broken connection when it heals, also if healing failed', async () => {
    const plane = openPlane();
    const callee = await ledger();
    const healed = deferred();
    const decided = deferred();
    plane.plane.addRule({
      id: 'cut',
      decide: () => {
        decided.resolve();
        return { label: 'silenced', silence: { of: 'request', until: healed.promise } };
      },
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    await decided.promise;
    healed.reject(new Error('the nemesis failed'));
    expect(await caller.closed).toBe('reset');
    expect(await plane.recorded(1)).toMatchObject([{ outcome: 'dropped', faults: ['silenced'] }]);
    expect(callee.bodies).toEqual([]);
  });

  test('of the response delivers the request and lets the caller hear nothing of it, not even the end of the connection', async () => {
    const plane = openPlane();
    const closed = deferred();
    const callee = await serveTcp((socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
      socket.on('close', () => closed.resolve());
    });
    const healed = deferred();
    doTo(plane, { label: 'silenced', silence: { of: 'response', until: healed.promise } });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    await closed.promise;
    await passTime(plane);
    expect(caller.socket.destroyed).toBe(false);
    expect(caller.received()).toHaveLength(0);
    healed.resolve();
    expect(await caller.closed).toBe('reset');
    const records = await plane.recorded(11);
    expect(records.at(-1)).toMatchObject({ outcome: 'dropped', status: 200, faults: ['silenced'] });
    expect(records.at(-1)?.respondedAt).toBeDefined();
  });

  test('of the response is over for a caller that gives up, and the answer is on record', async () => {
    const plane = openPlane();
    const callee = await ledger();
    doTo(plane, { label: 'silenced', silence: { of: 'response', until: new Promise<void>(() => undefined) } });
    const port = await plane.edgeTo(callee.port);
    const caller = await callTcp(port);
    caller.socket.write(capture);
    while (callee.bodies.length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let call = 0; call < 5; call += 1) await (await request(`http://127.0.0.1:${port}/read`)).body.dump();
    caller.socket.destroy();
    const records = await plane.recorded(6);
    expect(records.at(-1)).toMatchObject({ outcome: 'caller-closed', status: 200, faults: ['silenced'] });
  });
});

test('a silence that heals leaves the answer to a caller that gave up to be awaited', async () => {
  const plane = openPlane();
  const arrived = deferred();
  const callee = await serveTcp((socket) => socket.on('data', () => arrived.resolve()));
  const healed = deferred();
  doTo(plane, { label: 'silenced', silence: { of: 'response', until: healed.promise } });
  const port = await plane.edgeTo(callee.port);
  const caller = await callTcp(port);
  caller.socket.write(capture);
  await arrived.promise;
  caller.socket.destroy();
  await caller.closed;
  await passTime(plane);
  healed.resolve();
  await passTime(plane);
  expect(plane.records.filter(({ method }) => method === 'POST')).toEqual([]);
  callee.connections[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  const records = await plane.recorded(21);
  expect(records.at(-1)).toMatchObject({ outcome: 'caller-closed', status: 200 });
});

describe('an injected answer', () => {
  test('comes from the proxy alone, and the connection goes on', async () => {
    const plane = openPlane();
    const callee = await ledger();
    doTo(plane, { label: 'injected', respondWith: { status: 503, headers: { 'retry-after': '1' }, body: 'come back later' } });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(`${capture}GET /read HTTP/1.1\r\nHost: a\r\n\r\n`);
    await caller.until('entry 1');
    expect(caller.received().toString()).toMatch(
      /^HTTP\/1\.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 15\r\n\r\ncome back laterHTTP\/1\.1 200 OK/,
    );
    expect(callee.bodies).toEqual(['']);
    const [record] = await plane.recorded(2);
    expect(record).toMatchObject({ outcome: 'completed', status: 503, faults: ['injected'], responseBytes: 0 });
    for (const name of ['forwardedAt', 'respondedAt', 'responseDigest']) expect(record).not.toHaveProperty(name);
  });

  test('waits for the whole request, so that its sender is not cut short', async () => {
    const plane = openPlane();
    const callee = await ledger();
    const decided = deferred();
    plane.plane.addRule({
      id: 'fault',
      decide: () => {
        decided.resolve();
        return { label: 'injected', respondWith: { status: 429, headers: {}, body: '' } };
      },
    });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture.slice(0, -1));
    await decided.promise;
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(caller.received()).toHaveLength(0);
    caller.socket.write('y');
    await caller.until('429 Too Many Requests');
    expect(await plane.recorded(1)).toMatchObject([{ status: 429, requestDigest: expect.any(String) as string }]);
  });

  test('leaves a connection that outlives the one to the callee', async () => {
    const plane = openPlane();
    const callee = await ledger();
    doTo(plane, { label: 'injected', delayRequestMs: 50, respondWith: { status: 503, headers: {}, body: '' } });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    while (callee.connections.length === 0) await new Promise((resolve) => setImmediate(resolve));
    callee.connections[0]?.destroy();
    await caller.until('503');
    caller.socket.write('GET /read HTTP/1.1\r\nHost: a\r\n\r\n');
    await caller.until('entry 1');
  });

  test('is given to a request of any size, of which nothing is kept', async () => {
    const plane = openPlane();
    const callee = await ledger();
    doTo(plane, { label: 'injected', respondWith: { status: 503, headers: {}, body: '' } });
    const port = await plane.edgeTo(callee.port);
    const { statusCode } = await request(`http://127.0.0.1:${port}/`, { method: 'POST', body: Buffer.alloc(40 * 1024 * 1024) });
    expect(statusCode).toBe(503);
  });

  test('that waited for the rest of a request which never came is not recorded as given', async () => {
    const plane = openPlane();
    const callee = await ledger();
    doTo(plane, { label: 'injected', respondWith: { status: 503, headers: {}, body: '' } });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture.slice(0, -1));
    await passTime(plane);
    caller.socket.destroy();
    const records = await plane.recorded(11);
    expect(records.at(-1)).toMatchObject({ outcome: 'caller-closed', faults: ['injected'] });
    expect(records.at(-1)).not.toHaveProperty('status');
  });

  test('that its caller did not wait for is not recorded as given', async () => {
    const plane = openPlane();
    const callee = await ledger();
    doTo(plane, { label: 'injected', delayRequestMs: 600_000, respondWith: { status: 503, headers: {}, body: '' } });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    caller.socket.destroy();
    const [record] = await plane.recorded(1);
    expect(record).toMatchObject({ outcome: 'caller-closed' });
    expect(record).not.toHaveProperty('status');
  });
});

describe('a duplicated request', () => {
  test('is delivered again after its answer, over a connection of its own, and the caller sees one answer', async () => {
    const plane = openPlane();
    const callee = await ledger();
    doTo(plane, { label: 'duplicated', duplicate: { when: 'afterwards' } });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    const [first, second] = await plane.recorded(2);
    expect(callee.bodies).toEqual(['money', 'money']);
    expect(callee.connections).toHaveLength(2);
    expect(caller.received().toString()).toContain('entry 1');
    expect(caller.received().toString()).not.toContain('entry 2');
    expect(first).toMatchObject({ outcome: 'completed', faults: ['duplicated'], status: 200 });
    expect(second).toMatchObject({ outcome: 'completed', faults: ['duplicated', 'copy'], status: 200, idempotencyKey: 'k1', attempt: 1 });
    expect(second?.requestDigest).toBe(first?.requestDigest);
    expect(second?.forwardedAt).toBeGreaterThan(first?.respondedAt ?? Number.POSITIVE_INFINITY);
    expect(second?.receivedAt).toBeGreaterThanOrEqual(first?.endedAt ?? Number.POSITIVE_INFINITY);
  });

  test('can be delivered again while the first delivery is in progress', async () => {
    const plane = openPlane();
    const bothThere = deferred();
    let arrived = 0;
    const callee = await serveHttp(async (message, response) => {
      await readAll(message);
      arrived += 1;
      if (arrived === 2) bothThere.resolve();
      await bothThere.promise;
      answer(response, 'done');
    });
    doTo(plane, { label: 'duplicated', duplicate: { when: 'meanwhile' } });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    await caller.until('done');
    expect(await plane.recorded(2)).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(arrived).toBe(2);
  });

  test('can come with another body, whatever way the first told its length', async () => {
    const plane = openPlane();
    const callee = await ledger();
    doTo(plane, { label: 'mutated', duplicate: { when: 'afterwards', mutateBody: (body) => Buffer.from(`${body.toString()} and more`) } });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    await plane.recorded(2);
    caller.socket.write(
      'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nIdempotency-Key: k2\r\n\r\n3\r\nmon\r\n2\r\ney\r\n0\r\n\r\n',
    );
    const records = await plane.recorded(4);
    expect(callee.bodies).toEqual(['money', 'money and more', 'money', 'money and more']);
    expect(records[1]?.requestDigest).not.toBe(records[0]?.requestDigest);
    expect(records[3]).toMatchObject({ idempotencyKey: 'k2', requestDigest: records[1]?.requestDigest ?? '' });
  });

  test('is never first with another body: what the key means is what its caller said', async () => {
    const plane = openPlane();
    let status = 503;
    const bodies: string[] = [];
    const callee = await serveHttp(async (message, response) => {
      bodies.push((await readAll(message)).toString());
      response.writeHead(status, { 'content-length': 0 }).end();
    });
    const mutateBody = (body: Buffer): Buffer | undefined => (body.toString() === 'money' ? Buffer.from('more money') : undefined);
    const stop = doTo(plane, { label: 'mutated', duplicate: { when: 'afterwards', mutateBody } });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    await plane.recorded(1);
    status = 200;
    caller.socket.write(capture.replace('money', 'other'));
    await plane.recorded(2);
    stop();
    doTo(plane, { label: 'mutated', duplicate: { when: 'meanwhile', mutateBody } });
    caller.socket.write(capture);
    await plane.recorded(3);
    caller.socket.write('GET /read HTTP/1.1\r\nHost: a\r\n\r\n');
    await plane.recorded(4);
    expect(bodies).toEqual(['money', 'other', 'money', '']);
    stop();
  });

  test('is delivered again although its caller has gone, and although the callee never answered', async () => {
    const plane = openPlane();
    const arrived = deferred();
    const callee = await serveTcp((socket) =>
      socket.on('data', () => {
        if (callee.connections.length === 1) arrived.resolve();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      }),
    );
    doTo(plane, { label: 'duplicated', duplicate: { when: 'afterwards' } });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    await arrived.promise;
    caller.socket.destroy();
    await caller.closed;
    callee.connections[0]?.destroy();
    expect(await plane.recorded(2)).toMatchObject([{ outcome: 'caller-closed' }, { outcome: 'completed', faults: ['duplicated', 'copy'] }]);
  });

  test('is not delivered again when it was not delivered once', async () => {
    const plane = openPlane();
    doTo(plane, { label: 'duplicated', duplicate: { when: 'afterwards' } });
    const caller = await callTcp(await plane.edgeTo(await deadPort()));
    caller.socket.write(capture);
    await caller.closed;
    expect(await plane.recorded(1)).toMatchObject([{ outcome: 'callee-refused', faults: ['duplicated'] }]);
  });

  test('is not delivered again by proxies that are being closed', async () => {
    const plane = openPlane();
    const arrived = deferred();
    const callee = await serveTcp((socket) => socket.on('data', () => arrived.resolve()));
    doTo(plane, { label: 'duplicated', duplicate: { when: 'afterwards' } });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    await arrived.promise;
    await plane.plane.close();
    await passTime(openPlane());
    expect(plane.records).toMatchObject([{ outcome: 'dropped', faults: ['duplicated'] }]);
    expect(callee.connections).toHaveLength(1);
  });

  test('is ended with the proxies, and recorded as it stood', async () => {
    const plane = openPlane();
    const again = deferred();
    const callee = await serveTcp((socket) =>
      socket.on('data', () => {
        if (callee.connections.length === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        else again.resolve();
      }),
    );
    doTo(plane, { label: 'duplicated', duplicate: { when: 'afterwards' } });
    const caller = await callTcp(await plane.edgeTo(callee.port));
    caller.socket.write(capture);
    await again.promise;
    await plane.plane.close();
    expect(await plane.recorded(2)).toMatchObject([{ outcome: 'completed' }, { outcome: 'dropped', faults: ['duplicated', 'copy'] }]);
  });
});
