/** The reference pipeline as customers and operators meet it: real processes, real sockets, real disks. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealPipeline, startNodeProcess, startRealPipeline, untilTrue } from './support/pipeline-nodes.ts';

const leaseMs = 5_000;

let pipeline: RealPipeline;
beforeAll(async () => {
  pipeline = await startRealPipeline({ LEASE_MS: String(leaseMs), CATALOGUE: 'apple=1000,scarce=1', DECLINE_ABOVE_CENTS: '100000' });
  await leader();
}, 60_000);
afterAll(() => pipeline.stop());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function call(
  path: string,
  { method = 'GET', node = 'order-1', ...rest }: RequestInit & { readonly node?: string } = {},
): Promise<Answer> {
  const response = await fetch(pipeline.node(node).url + path, { method, ...rest });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
}

const goodOrder = { customer: 'ada', items: [{ sku: 'apple', quantity: 2 }], amountCents: 500 };
const post = (path: string, body: unknown, key?: string, node = 'order-1'): Promise<Answer> =>
  call(path, {
    method: 'POST',
    node,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  });

/** Everything the pipeline remembers. */
async function state(): Promise<unknown> {
  const sections = await Promise.all(['orders', 'payments', 'stock'].map((section) => call(`/ledger/${section}`)));
  return sections.map(({ status, body }) => [status, body]);
}

/** Sends bytes that no HTTP library would, and gives back what came. */
function raw(node: string, text: string): Promise<string> {
  const { port } = new URL(pipeline.node(node).url);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.end(text));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('utf8');
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

async function leader(): Promise<string> {
  let found: string | undefined;
  await untilTrue('an order node leads', async () => {
    for (const name of ['order-1', 'order-2', 'order-3']) {
      if (pipeline.node(name).child.exitCode !== null) continue;
      if (typeof (await call('/leader', { node: name })).body['leading'] === 'number') found = name;
    }
    return found !== undefined;
  });
  return found ?? '';
}

describe('the order API', () => {
  it('confirms an order, shows it and its stock, and gives the same answer to the same key through any node', async () => {
    const placed = await post('/orders?wait=terminal', goodOrder, 'first');
    expect([placed.status, placed.body]).toEqual([201, { orderId: placed.body['orderId'], status: 'CONFIRMED', ...goodOrder }]);
    expect(placed.headers.get('location')).toBe(`/orders/${String(placed.body['orderId'])}`);
    for (const node of ['order-1', 'order-2', 'order-3']) {
      expect((await call(`/orders/${String(placed.body['orderId'])}`, { node })).body).toEqual(placed.body);
      const again = await post('/orders', goodOrder, 'first', node);
      expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([201, placed.body, 'true']);
    }
    await untilTrue('the sale is committed', async () => (await call('/stock/apple')).body['sold'] === 2);
    expect((await call('/stock/apple')).body).toEqual({ sku: 'apple', initial: 1000, available: 998, reserved: 0, sold: 2 });
  });

  it('answers at once without wait=terminal, with a durable order', async () => {
    const placed = await post('/orders', goodOrder, 'second');
    expect([placed.status, placed.body['status']]).toEqual([201, 'PENDING']);
    await untilTrue(
      'it is confirmed',
      async () => (await call(`/orders/${String(placed.body['orderId'])}`)).body['status'] === 'CONFIRMED',
    );
  });

  it('rejects what is not in stock or not paid, and cancels what is asked', async () => {
    expect((await post('/orders?wait=terminal', { ...goodOrder, items: [{ sku: 'scarce', quantity: 2 }] }, 'short')).body).toMatchObject({
      status: 'REJECTED',
      rejection: 'insufficient-stock',
    });
    const declined = await post('/orders?wait=terminal', { ...goodOrder, amountCents: 100_001 }, 'declined');
    expect(declined.body).toMatchObject({ status: 'REJECTED', rejection: 'payment-declined' });
    expect((await post(`/orders/${String(declined.body['orderId'])}/cancel`, '', 'c1')).status).toBe(409);
    const placed = await post('/orders?wait=terminal', goodOrder, 'to-cancel');
    const cancelled = await post(`/orders/${String(placed.body['orderId'])}/cancel`, '', 'c2', 'order-2');
    expect([cancelled.status, cancelled.body['status']]).toEqual([200, 'CANCELLED']);
  });

  const item = { sku: 'apple', quantity: 1 };
  it.each<[string, unknown, string | undefined, number, string]>([
    ['no key', goodOrder, undefined, 400, 'Idempotency-Key'],
    ['a key with spaces', goodOrder, 'a b', 400, 'Idempotency-Key'],
    ['a key that is too long', goodOrder, 'x'.repeat(201), 400, 'Idempotency-Key'],
    ['no JSON', '{"customer": ', 'bad', 400, 'not JSON'],
    ['an empty body', '', 'bad', 400, 'not JSON'],
    ['a list', [], 'bad', 400, 'body'],
    ['a wrong type', { ...goodOrder, customer: 7 }, 'bad', 400, 'customer'],
    ['a missing field', { customer: 'ada', items: [item] }, 'bad', 400, 'amountCents'],
    ['an unknown field', { ...goodOrder, coupon: 'x' }, 'bad', 400, 'coupon'],
    ['a negative quantity', { ...goodOrder, items: [{ sku: 'apple', quantity: -1 }] }, 'bad', 400, 'items.0.quantity'],
    ['a fraction', { ...goodOrder, items: [{ sku: 'apple', quantity: 1.5 }] }, 'bad', 400, 'items.0.quantity'],
    ['a huge quantity', { ...goodOrder, items: [{ sku: 'apple', quantity: 1e9 }] }, 'bad', 400, 'items.0.quantity'],
    ['no items', { ...goodOrder, items: [] }, 'bad', 400, 'items'],
    ['a SKU twice', { ...goodOrder, items: [item, item] }, 'bad', 400, 'add up'],
    ['no amount', { ...goodOrder, amountCents: 0 }, 'bad', 400, 'amountCents'],
    ['an amount beyond precision', { ...goodOrder, amountCents: 2 ** 60 }, 'bad', 400, 'amountCents'],
    ['an unknown SKU', { ...goodOrder, items: [{ sku: 'unicorn', quantity: 1 }] }, 'bad', 422, 'unicorn'],
    ['another body under a used key', { ...goodOrder, amountCents: 501 }, 'first', 422, 'used before'],
  ])('refuses %s, says what is wrong, and changes nothing', async (_what, body, key, status, detail) => {
    const before = await state();
    for (const node of ['order-1', 'order-2', 'order-3']) {
      const answer = await post('/orders', body, key, node);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
      expect(answer.body['detail']).toContain(detail);
      expect(answer.body['type']).toMatch(/^urn:seamproof:problem:[a-z-]+$/);
    }
    expect(await state()).toEqual(before);
  });

  it('refuses a body of 10 MB with 413, and goes on', async () => {
    const before = await state();
    const answer = await post('/orders', JSON.stringify({ ...goodOrder, customer: 'x'.repeat(10_000_000) }), 'large').catch(
      (error: unknown) => error,
    );
    // The node stops reading, so whoever is still writing may see the connection close instead of the answer.
    if (!(answer instanceof Error)) expect((answer as Answer).status).toBe(413);
    expect(
      await raw('order-1', 'POST /orders HTTP/1.1\r\nhost: x\r\nidempotency-key: large\r\ncontent-length: 10000000\r\n\r\n{'),
    ).toContain(' 413 ');
    expect(await state()).toEqual(before);
  });

  it('answers a wrong method with 405 and what is allowed, and an unknown path with 404', async () => {
    const wrong = await call('/orders', { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    for (const path of ['/', '/nothing', '/orders/nobody', '/stock/unicorn', '/ledger/secrets', '/ledger/__proto__', '/orders/'])
      expect([path, (await call(path)).status]).toEqual([path, 404]);
    expect((await post('/orders/nobody/cancel', '', 'c')).status).toBe(404);
    expect((await post('/orders/nobody/cancel', '')).status).toBe(400);
  });

  it('answers bytes that are no HTTP with 400, and survives them', async () => {
    expect(await raw('order-1', 'hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
    expect(await raw('order-1', 'GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
    expect((await call('/health/live')).body).toEqual({ live: true });
  });

  it('reads, writes and swaps registers', async () => {
    expect((await call('/registers/x')).body).toEqual({ value: null });
    expect((await call('/registers/x', { method: 'PUT', body: '{"value":1}' })).status).toBe(200);
    expect((await call('/registers/x', { node: 'order-3' })).body).toEqual({ value: 1 });
    const mismatch = await post('/registers/x/cas', { expected: 2, value: 3 });
    expect([mismatch.status, mismatch.body['actual']]).toEqual([409, 1]);
    expect((await post('/registers/x/cas', { expected: 1, value: { a: [1] } }, undefined, 'order-2')).status).toBe(200);
    expect((await call('/registers/x')).body).toEqual({ value: { a: [1] } });
    expect((await call('/registers/x', { method: 'PUT', body: '{}' })).status).toBe(400);
    expect((await call('/registers/a%2Fb')).status).toBe(404);
  });

  it('gives metrics on every node', async () => {
    for (const node of pipeline.nodes.values()) {
      const text = await (await fetch(`${node.url}/metrics`)).text();
      expect(text).toContain('http_server_seconds_bucket');
    }
  });
});

describe('a node that is told to stop', () => {
  it('leaves with 0 on SIGTERM, its lease given back, so that a successor leads soon and no order is lost', async () => {
    const placed = await post('/orders', goodOrder, 'before-stop');
    const leaving = await leader();
    const stoppedAtMs = performance.now();
    pipeline.node(leaving).child.kill('SIGTERM');
    expect(await pipeline.node(leaving).exited).toBe(0);
    const successor = await leader();
    expect(successor).not.toBe(leaving);
    // Had the lease not been given back, it would have to be watched for its whole length first.
    expect(performance.now() - stoppedAtMs).toBeLessThan(leaseMs);
    expect(pipeline.node(leaving).output()).toContain('"node.stopped"');
    expect(pipeline.node(leaving).output()).toContain('"reason":"stopping"');
    await untilTrue(
      'the order is over',
      async () => (await call(`/orders/${String(placed.body['orderId'])}`, { node: successor })).body['status'] === 'CONFIRMED',
    );
  });

  it.each(['replica-3', 'payment-2', 'inventory-2'])('leaves with 0 on SIGINT: %s', async (name) => {
    pipeline.node(name).child.kill('SIGINT');
    expect(await pipeline.node(name).exited).toBe(0);
    expect(pipeline.node(name).output()).toContain('"node.stopped"');
  });
});

describe('a node that is started wrongly', () => {
  const peers = (role: string): string => [1, 2, 3].map((n) => `${role}-${n}=http://127.0.0.1:${n}`).join(',');
  const order = {
    NODE_NAME: 'order-1',
    ROLE: 'order',
    PORT: '0',
    REPLICA_URLS: peers('replica'),
    ORDER_URLS: peers('order'),
    PAYMENT_URLS: peers('payment'),
    INVENTORY_URLS: peers('inventory'),
  };
  it.each<[string, Record<string, string>, string]>([
    ['quorums that do not intersect', { ...order, READ_QUORUM: '1', WRITE_QUORUM: '2' }, 'R + W must be more than N'],
    ['a quorum larger than the replicas', { ...order, READ_QUORUM: '4' }, 'the read quorum is 4'],
    ['an unknown bug', { ...order, BUG: 'no-such-bug' }, 'there is no seeded bug no-such-bug; there are fence-one-replica-skips'],
    ['nothing at all', {}, 'NODE_NAME'],
    ['an unknown role', { ...order, ROLE: 'cook' }, 'ROLE'],
    ['no port', { ...order, PORT: 'http' }, 'PORT'],
    ['peers that are no URLs', { ...order, PAYMENT_URLS: 'payment-1' }, 'PAYMENT_URLS: expected name=url'],
    ['no payment to talk to', { ...order, PAYMENT_URLS: '' }, 'PAYMENT_URLS: a node with ROLE=order needs'],
    ['a catalogue that makes no sense', { ...order, CATALOGUE: 'apple' }, 'CATALOGUE: expected sku=units'],
    ['a lease of no length', { ...order, LEASE_MS: '0' }, 'LEASE_MS'],
    ['a replica without a directory', { NODE_NAME: 'replica-1', ROLE: 'replica', PORT: '0' }, 'DATA_DIR'],
  ])('says what is wrong and leaves with 64: %s', async (_what, environment, message) => {
    const node = startNodeProcess(environment);
    expect(await node.exited).toBe(64);
    expect(node.output()).toContain(message);
    expect(node.output()).not.toContain('    at ');
  });

  it('leaves with 64 when its port is taken', async () => {
    const { port } = new URL(
      pipeline.node('order-1').child.exitCode === null ? pipeline.node('order-1').url : pipeline.node('order-2').url,
    );
    const node = startNodeProcess({ ...order, PORT: port });
    expect(await node.exited).toBe(64);
    expect(node.output()).toContain('EADDRINUSE');
  });
});
