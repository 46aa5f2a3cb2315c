/** Faults of calls: what each does to them, what it claims, and what it leaves alone. */
import { describe, expect, test } from 'vitest';
import type { FaultRule } from '../harness/proxy/types.ts';
import { duplicate } from './faults/duplicate.ts';
import { errorBurst } from './faults/error-burst.ts';
import { latency } from './faults/latency.ts';
import { lostResponse } from './faults/lost-response.ts';
import { slow } from './faults/slow.ts';
import { mutateJson } from './mutate-json.ts';
import { allHold, createWorld, type FakeCall, type World } from './test-support.ts';

const effect = { from: 'order-1', to: 'payment-1', kind: 'effect', body: '{"amountCents":5}' } as const;

/** A saga that asks for an effect until it has an answer, with the same key, every 50 ms. */
async function saga(world: World, key: string, call: Partial<FakeCall> = {}): Promise<void> {
  for (;;) {
    const { outcome } = await world.call({ ...effect, idempotencyKey: key, ...call });
    if (outcome === 'completed') return;
    await world.context.sleep(50);
  }
}

/** A new saga every so often. */
function load(world: World, call: Partial<FakeCall> = {}): void {
  let started = 0;
  world.every(100, () => void saga(world, `key-${++started}`, call));
}

const deliveriesOf = (world: World, key: string) => world.records.filter(({ idempotencyKey }) => idempotencyKey === key);

describe('lost-response', () => {
  test('drops complete answers to as many effects as asked, once each, and proves that each was asked for again', async () => {
    const world = createWorld();
    let started = 0;
    world.every(
      100,
      () => void saga(world, `key-${++started}`, { path: `/payments/${started}/${started % 2 === 0 ? 'refund' : 'capture'}` }),
    );
    const record = await world.inject(lostResponse, { count: 2 });
    expect(allHold(record)).toBe(true);
    const dropped = world.records.filter(({ outcome }) => outcome === 'dropped');
    expect(dropped.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['key-1', 'key-2']);
    expect(deliveriesOf(world, 'key-1').map(({ outcome, status }) => [outcome, status])).toEqual([
      ['dropped', 200],
      ['completed', 200],
    ]);
    expect(record.targets).toEqual(['order-1->payment-1']);
    expect(record.facts).toEqual({ keys: ['key-1', 'key-2'] });
    expect(world.nowMs()).toBeLessThan(1000);
  });

  test('takes one effect of each kind first, so that a rare refund loses its answer among many captures', async () => {
    const world = createWorld();
    load(world, { path: '/payments/1/capture' });
    world.at(1200, () => void saga(world, 'the-refund', { path: '/payments/1/refund' }));
    const record = await world.inject(lostResponse, { count: 2 });
    expect(allHold(record)).toBe(true);
    expect(record.facts).toEqual({ keys: ['key-1', 'the-refund'] });
  });

  test('can drop several answers to one effect', async () => {
    const world = createWorld();
    load(world);
    expect(allHold(await world.inject(lostResponse, { count: 1, times: 3 }))).toBe(true);
    expect(
      deliveriesOf(world, 'key-1')
        .map(({ outcome }) => outcome)
        .slice(0, 3),
    ).toEqual(['dropped', 'dropped', 'dropped']);
    expect(deliveriesOf(world, 'key-2').map(({ outcome }) => outcome)).not.toContain('dropped');
  });

  test('proves nothing when nobody asks again', async () => {
    const world = createWorld();
    world.every(100, () => void world.call({ ...effect, idempotencyKey: `once-${world.nowMs()}` }));
    const record = await world.inject(lostResponse, { count: 1 });
    expect(record.proofs.map(({ holds }) => holds)).toEqual([true, false]);
    expect(record.proofs[1]?.detail).toBe('0 of 1 effects');
  });

  test('proves nothing with answers that carried out nothing, and goes on to the next effect', async () => {
    const world = createWorld();
    let tries = 0;
    world.every(100, () => void world.call({ ...effect, idempotencyKey: `key-${++tries}`, status: 503 }));
    const record = await world.inject(lostResponse, { count: 1 });
    expect(record.proofs.map(({ holds }) => holds)).toEqual([false, false]);
    expect(world.records.filter(({ outcome }) => outcome === 'dropped').length).toBeGreaterThan(3);
  });

  test('leaves alone what is no effect, has no key, or goes elsewhere', async () => {
    const world = createWorld();
    world.every(100, () => {
      void world.call({ ...effect, kind: 'replica-write', idempotencyKey: 'a' });
      void world.call(effect);
      void world.call({ ...effect, to: 'replica-1', idempotencyKey: 'b' });
    });
    const record = await world.inject(lostResponse, { to: 'payment' });
    expect(record.targets).toEqual([]);
    expect(allHold(record)).toBe(false);
    expect(world.records.every(({ outcome }) => outcome === 'completed')).toBe(true);
  });

  test('lets everything pass again when the run is stopped', async () => {
    const world = createWorld();
    world.at(300, () => world.abort());
    await world.inject(lostResponse);
    expect(world.rules.size).toBe(0);
    expect(world.nowMs()).toBeLessThan(400);
  });
});

describe('duplicate', () => {
  test('delivers as many requests twice as asked and proves it by both deliveries', async () => {
    const world = createWorld();
    load(world);
    const record = await world.inject(duplicate, { count: 3 });
    expect(allHold(record)).toBe(true);
    expect(record.facts['keys']).toHaveLength(3);
    const [first, second] = deliveriesOf(world, 'key-1');
    expect(second?.faults).toEqual(['duplicated', 'copy']);
    expect(second?.requestDigest).toBe(first?.requestDigest);
    expect(world.rules.size).toBe(0);
  });

  test('can mutate the second delivery, and then counts only those that came with another body', async () => {
    const world = createWorld();
    load(world);
    world.every(90, () => void world.call({ ...effect, idempotencyKey: `refund-${world.nowMs()}`, body: '{"cause":"x"}' }));
    const record = await world.inject(duplicate, { count: 2, mutate: true });
    expect(allHold(record)).toBe(true);
    expect(world.records.filter(({ faults }) => faults.includes('copy')).map(({ requestDigest }) => requestDigest)).toEqual([
      '{"amountCents":6}',
      '{"amountCents":6}',
    ]);
  });

  test('proves no other body by two deliveries of the same', async () => {
    const world = createWorld();
    const { plane } = world.context;
    Object.assign(world.context, {
      plane: {
        ...plane,
        onTraffic: (listener: Parameters<typeof plane.onTraffic>[0]) =>
          plane.onTraffic((record) => listener({ ...record, requestDigest: 'same' })),
      },
    });
    load(world);
    expect(allHold(await world.inject(duplicate, { mutate: true, windowMs: 1000 }))).toBe(false);
  });

  test('proves nothing when nothing with a number in it came', async () => {
    const world = createWorld();
    load(world, { body: '{"cause":"x"}' });
    expect(allHold(await world.inject(duplicate, { mutate: true, windowMs: 1000 }))).toBe(false);
  });

  test('does not go on delivering twice while it waits for answers', async () => {
    const world = createWorld();
    load(world, { body: '{"cause":"x"}' });
    await world.inject(duplicate, { mutate: true, count: 2, windowMs: 4000 });
    expect(world.records.filter(({ faults }) => faults.includes('mutated'))).toHaveLength(8);
  });
});

test('a mutated body differs in one number, and what has none is left alone', () => {
  expect(mutateJson(Buffer.from('{"sku":"a","quantity":1,"price":2}'))?.toString()).toBe('{"sku":"a","quantity":2,"price":2}');
  for (const body of ['', '[1]', '5', '{"a":"b"}', '{broken', 'null']) expect(mutateJson(Buffer.from(body))).toBeUndefined();
});

describe('error-burst', () => {
  test('answers effects with the status asked for while it lasts, and proves it by what it injected', async () => {
    const world = createWorld();
    world.every(100, () => void world.call(effect));
    const record = await world.inject(errorBurst, { status: '429', durationMs: 1000 });
    expect(allHold(record)).toBe(true);
    expect(record.proofs[0]?.detail).toBe('9 calls');
    expect(world.records.every(({ status, forwardedAt }) => status === 429 && forwardedAt === undefined)).toBe(true);
    expect(world.rules.size).toBe(0);
  });

  test('can reset connections instead', async () => {
    const world = createWorld();
    world.every(100, () => void world.call(effect));
    expect(allHold(await world.inject(errorBurst, { status: 'reset' }))).toBe(true);
    expect(world.records[0]).toMatchObject({ outcome: 'dropped', faults: ['error-injected'] });
  });

  test('hits a share of the calls, drawn from its own chances', async () => {
    let turn = 0;
    const world = createWorld({ random: () => (turn++ % 4) / 4 });
    world.every(10, () => void world.call(effect));
    await world.inject(errorBurst, { share: 0.5, durationMs: 1000 });
    const hit = world.records.filter(({ faults }) => faults.length > 0).length;
    expect(hit / world.records.length).toBeCloseTo(0.5, 1);
  });

  test('proves nothing when no call came', async () => {
    expect(allHold(await createWorld().inject(errorBurst))).toBe(false);
  });

  test.each([{ status: '200' }, { status: 'teapot' }, { share: 0 }, { share: 1.5 }])(
    'refuses %o with what it expected',
    async (options) => {
      await expect(createWorld().inject(errorBurst, options)).rejects.toThrow(/expected a/);
    },
  );
});

describe('latency', () => {
  test('slows the calls of one kind alone where asked to, and proves it by how long they took', async () => {
    const world = createWorld();
    world.every(100, () => {
      void world.call(effect);
      void world.call({ ...effect, kind: 'replica-write' });
    });
    const record = await world.inject(latency, { kind: 'effect', requestMs: 300, durationMs: 1000 });
    expect(allHold(record)).toBe(true);
    expect(world.records.filter(({ kind, faults }) => kind !== 'effect' && faults.length > 0)).toEqual([]);
  });

  test('proves nothing without a delay', async () => {
    const world = createWorld();
    world.every(100, () => void world.call(effect));
    expect(allHold(await world.inject(latency, { durationMs: 500 }))).toBe(false);
  });
});

describe('slow', () => {
  const large = { ...effect, to: 'replica-1', kind: 'replica-write', body: 'x'.repeat(1000) } as const;

  test('carries so many bytes a second, and messages queue for it', async () => {
    const world = createWorld();
    world.at(100, () => {
      for (let n = 0; n < 3; n += 1) void world.call(large);
    });
    const record = await world.inject(slow, { kilobytesPerSecond: 10, jitterMs: 0 });
    expect(allHold(record)).toBe(true);
    const tookMs = world.records.map(({ receivedAt, endedAt }) => (endedAt - receivedAt) / 1e6);
    for (const [place, leastMs] of [100, 200, 300].entries()) {
      expect(tookMs[place]).toBeGreaterThanOrEqual(leastMs);
      expect(tookMs[place]).toBeLessThan(leastMs + 20);
    }
  });

  test('proves nothing by calls that were no slower, nor by messages too small to be noticed', async () => {
    const unaffected = createWorld();
    const { addRule } = unaffected.context.plane;
    Object.assign(unaffected.context.plane, {
      addRule: (rule: FaultRule) =>
        addRule({ ...rule, decide: (request) => (rule.decide(request) === undefined ? undefined : { label: 'slowed' }) }),
    });
    unaffected.every(100, () => void unaffected.call(large));
    expect(allHold(await unaffected.inject(slow, { kilobytesPerSecond: 10 }))).toBe(false);
    const small = createWorld();
    small.every(100, () => void small.call({ ...large, body: 'x' }));
    expect(allHold(await small.inject(slow, { kilobytesPerSecond: 10 }))).toBe(false);
  });
});

describe('edges by the nodes that are called', () => {
  test('are those of as many of them as asked for', async () => {
    const world = createWorld();
    for (const to of ['payment-1', 'payment-2', 'replica-1']) world.every(100, () => void world.call({ ...effect, to }));
    const one = await world.inject(latency, { to: 'payment', targets: 'one', requestMs: 50 });
    expect(one.targets).toEqual(['order-1->payment-1']);
    const all = await world.inject(latency, { to: 'payment', targets: 'all', requestMs: 50 });
    expect(all.targets).toEqual(['order-1->payment-1', 'order-1->payment-2']);
  });
});

describe('a latency longer than callers wait', () => {
  test('is proven once the proxy has seen a call through without its caller', async () => {
    const world = createWorld();
    world.at(3900, () => void world.call(effect));
    const record = await world.inject(latency, { responseMs: 3500, durationMs: 4000 });
    expect(allHold(record)).toBe(true);
    expect(world.rules.size).toBe(0);
    expect(world.nowMs()).toBeLessThan(8000);
  });
});
