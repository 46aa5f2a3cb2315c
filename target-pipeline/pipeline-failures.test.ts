/** One failure at a time, at every point where it can come: leaders, effects, consumers. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from './runtime/virtual/random.ts';
import type { CallPlan } from './runtime/virtual.ts';
import { settleAndAudit } from './test-support/audit.ts';
import { basket, cancelFor, isEffect, place, placeFor } from './test-support/customer.ts';
import { type Answer, namesOf, startPipeline } from './test-support/pipeline.ts';

describe('a leader that crashes', () => {
  /** Places an order (and cancels it, when told to), and crashes the leader right after its `nth` call since; was there an nth? */
  async function crashAfterCall(nth: number, cancels: boolean): Promise<boolean> {
    const pipeline = await startPipeline({ seed: nth });
    const { world } = pipeline;
    const leader = await pipeline.untilLed();
    let sent = 0;
    world.network.planCall = ({ from, path }) => {
      if (from === leader && !path.includes('lease')) sent += 1;
      return {};
    };
    const done = (async () => {
      const placed = await placeFor(pipeline, 'k1');
      if (cancels) await cancelFor(pipeline, String(placed.body['orderId']));
      return placed;
    })();
    let over = false;
    void done.then(() => {
      over = true;
    });
    let quietMs = 0;
    while (sent < nth && quietMs < 400) {
      await world.advance(0.25);
      quietMs = over ? quietMs + 0.25 : 0;
    }
    const crashed = sent >= nth;
    if (crashed) await pipeline.restart(leader);
    const placed = await world.until(done);
    expect(placed.status).toBe(201);
    const audit = await settleAndAudit(pipeline);
    expect(audit.violations, `crashed after call ${nth}`).toEqual([]);
    expect(audit.orders.map(({ status }) => status)).toEqual([cancels ? 'CANCELLED' : 'CONFIRMED']);
    return crashed;
  }

  it.each([
    ['confirms', false],
    ['cancels', true],
  ] as const)(
    'after any of its calls leaves a successor that %s the order, doing nothing twice',
    { timeout: 180_000 },
    async (_what, cancels) => {
      let nth = 1;
      while (await crashAfterCall(nth, cancels)) nth += 1;
      expect(nth).toBeGreaterThan(cancels ? 40 : 25);
    },
  );

  it('gives its office up in order when it is stopped, and its successor leads soon', async () => {
    const pipeline = await startPipeline({ seed: 12 });
    const leader = await pipeline.untilLed();
    const stoppedAtMs = pipeline.world.nowMs();
    await pipeline.stop(leader);
    expect(await pipeline.untilLed()).not.toBe(leader);
    expect(pipeline.world.nowMs() - stoppedAtMs).toBeLessThan(400);
  });
});

describe('a leader that was stopped', () => {
  it('begins no effect when it wakes after its lease, and its successor finishes the order', async () => {
    const pipeline = await startPipeline({ seed: 13 });
    const { world } = pipeline;
    const leader = await pipeline.untilLed();
    let reserving = false;
    world.network.planCall = ({ from, path }) => {
      reserving ||= from === leader && path.endsWith('/reserve');
      return {};
    };
    const placed = placeFor(pipeline, 'k1');
    while (!reserving) await world.advance(0.25);
    world.node(leader).pause();
    await world.advance(5_000);
    const wokenAtMs = world.nowMs();
    world.node(leader).resume();
    await world.until(placed);
    const audit = await settleAndAudit(pipeline);
    expect([audit.violations, audit.orders[0]?.status]).toEqual([[], 'CONFIRMED']);
    expect(world.network.calls.filter((call) => call.from === leader && isEffect(call) && call.atMs >= wokenAtMs)).toEqual([]);
  });
});

describe('effects', () => {
  it('are never doubled by answers that are lost and calls that are', { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const pipeline = await startPipeline({ seed });
      const { world } = pipeline;
      await pipeline.untilLed();
      const random = seededRandom(seed, 'losses');
      const fates = ['response-dropped', 'response-broken', 'duplicated', 'request-broken'] as const;
      world.network.planCall = (call): CallPlan =>
        isEffect(call) && random.uniform() < 0.35 ? { fate: fates[Math.floor(random.uniform() * fates.length)] ?? 'duplicated' } : {};
      const customers = [0, 1, 2, 3].map(async (n) => {
        const placed = await placeFor(pipeline, `k${n}`, { ...basket, amountCents: n === 3 ? 100_001 : 500 });
        if (n === 1) await cancelFor(pipeline, String(placed.body['orderId']));
      });
      await world.until(Promise.all(customers), 120_000);
      const audit = await settleAndAudit(pipeline);
      expect(audit.violations, `seed ${seed}`).toEqual([]);
      expect(audit.orders.map(({ status }) => status).sort()).toEqual(['CANCELLED', 'CONFIRMED', 'CONFIRMED', 'REJECTED']);
    }
  });

  it('that come after their compensation do nothing: a late reserve finds a tombstone, a late capture is voided', async () => {
    for (const step of ['reserve', 'capture']) {
      const pipeline = await startPipeline({ seed: 21 });
      const { world } = pipeline;
      const leader = await pipeline.untilLed();
      let late = 0;
      world.network.planCall = ({ path }) => {
        if (!path.endsWith(`/${step}`)) return {};
        late += 1;
        return { requestMs: 4_000 };
      };
      const placed = await world.until(place(pipeline, leader, 'k1', basket, false));
      await world.advance(100);
      const cancelled = await world.until(cancelFor(pipeline, String(placed.body['orderId'])), 30_000);
      expect(cancelled.body['status']).toMatch(/CANCELL/);
      await world.advance(10_000);
      expect(late).toBeGreaterThan(0);
      const audit = await settleAndAudit(pipeline);
      expect([audit.violations, audit.orders[0]?.status]).toEqual([[], 'CANCELLED']);
      expect(audit.stock.map(({ available, initial }) => available === initial)).not.toContain(false);
    }
  });

  const fenceHeaders = (token: number) => ({ 'x-fencing-scope': 'orders', 'x-fencing-token': String(token) });
  const cause = '0190f2a4c000.0000.test';

  it('are refused without key or token, with another body under the same key, and under a token that was superseded', async () => {
    const pipeline = await startPipeline({ seed: 22 });
    const { world } = pipeline;
    await pipeline.untilLed();
    const capture = (headers: Record<string, string>, amountCents: unknown, key?: string): Promise<Answer> =>
      world.until(
        pipeline.call('payment-1', 'POST', '/payments/o1/capture', {
          headers,
          body: { amountCents, cause },
          ...(key === undefined ? {} : { key }),
        }),
      );
    expect((await capture(fenceHeaders(7), 5)).body['type']).toBe('urn:seamproof:problem:missing-idempotency-key');
    expect((await capture({}, 5, 'c')).body['detail']).toContain('X-Fencing-Token');
    expect((await capture(fenceHeaders(7), -5, 'c')).body['detail']).toContain('amountCents');
    expect((await capture(fenceHeaders(7), 5, 'c')).body).toMatchObject({ outcome: 'captured', amountCents: 5 });
    expect((await capture(fenceHeaders(7), 5, 'c')).body).toMatchObject({ outcome: 'captured', amountCents: 5 });
    expect((await capture(fenceHeaders(7), 6, 'c')).status).toBe(422);
    expect(await capture(fenceHeaders(6), 5, 'd')).toMatchObject({ status: 412, body: { highest: 7 } });
    const reserve = (token: number, sku: string, quantity: number): Promise<Answer> =>
      world.until(
        pipeline.call('inventory-1', 'POST', `/stock/${sku}/reserve`, {
          headers: fenceHeaders(token),
          body: { orderId: 'o1', quantity, cause },
          key: 'r',
        }),
      );
    expect((await reserve(7, 'apple', 3)).body).toMatchObject({ outcome: 'reserved' });
    expect((await reserve(7, 'apple', 3)).body).toMatchObject({ outcome: 'reserved' });
    expect((await reserve(7, 'apple', 4)).status).toBe(422);
    expect((await reserve(6, 'apple', 3)).status).toBe(412);
    expect((await reserve(7, 'nothing', 3)).status).toBe(404);
    const { body } = await world.until(pipeline.call('order-1', 'GET', '/stock/apple'));
    expect(body).toEqual({ sku: 'apple', initial: 100, available: 97, reserved: 3, sold: 0 });
  });

  it('are refused when their cause lies too far in the future, so that one wrong clock stays alone', async () => {
    const pipeline = await startPipeline({ seed: 23 });
    const answer = await pipeline.world.until(
      pipeline.call('payment-1', 'POST', '/payments/o1/capture', {
        headers: fenceHeaders(7),
        key: 'c',
        body: { amountCents: 5, cause: 'ffffffff0000.0000.test' },
      }),
    );
    expect([answer.status, answer.body['detail']]).toEqual([400, expect.stringContaining('ahead of this node')]);
  });
});

describe('the consumer', () => {
  it('that crashes between processing and committing its offset sells nothing twice', { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const pipeline = await startPipeline({ seed });
      const { world } = pipeline;
      const leader = await pipeline.untilLed();
      let victim: string | undefined;
      world.network.planCall = ({ from, path }) => {
        if (victim !== undefined || !path.startsWith('/replica/accept/offset')) return {};
        victim = from;
        return { fate: 'request-dropped' };
      };
      await world.until(place(pipeline, leader, 'k1'));
      while (victim === undefined) await world.advance(0.5);
      const { body } = await world.until(pipeline.call('order-1', 'GET', '/stock/apple'));
      expect(body).toMatchObject({ sold: 2, reserved: 0 });
      await pipeline.restart(victim);
      await world.until(place(pipeline, leader, 'k2'));
      const audit = await settleAndAudit(pipeline);
      expect([audit.violations, audit.stock[0]?.sold]).toEqual([[], 4]);
    }
  });

  it('catches up over many segments, and says how far it is behind until it has', { timeout: 60_000 }, async () => {
    const pipeline = await startPipeline({ seed: 31, environment: { CATALOGUE: 'apple=1000' } });
    const { world } = pipeline;
    const leader = await pipeline.untilLed();
    world.network.planCall = ({ from, path }) => (from.startsWith('inventory') && path.includes('offset') ? { fate: 'refused' } : {});
    const body = { ...basket, items: [{ sku: 'apple', quantity: 1 }] };
    for (let n = 0; n < 150; n += 10)
      await world.until(Promise.all(Array.from({ length: 10 }, (_, m) => place(pipeline, leader, `k${n + m}`, body))));
    await world.advance(2_000);
    let behind = 0;
    world.network.planCall = ({ from, path }) =>
      from.startsWith('inventory') && path.includes('accept/offset') ? { fate: 'refused' } : {};
    for (let look = 0; look < 40 && behind < 150; look += 1) {
      await world.advance(100);
      for (const name of namesOf('inventory')) {
        const text = await world.node(name).runtime.metrics.expose();
        behind = Math.max(behind, Number(/^consumer_lag_events\{[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0));
      }
    }
    expect(behind).toBe(150);
    world.network.planCall = () => ({});
    const audit = await settleAndAudit(pipeline);
    expect([audit.violations, audit.stock[0]?.sold]).toEqual([[], 150]);
    await world.advance(2_000);
    const texts = await Promise.all(namesOf('inventory').map((name) => world.node(name).runtime.metrics.expose()));
    expect(texts.join('')).toMatch(/^consumer_lag_events\{[^}]*\} 0$/m);
  });

  it('outlives an event whose stamp is too far ahead, and goes on once the clocks agree', async () => {
    const pipeline = await startPipeline({ seed: 32 });
    const { world } = pipeline;
    const leader = await pipeline.untilLed();
    for (const name of [...namesOf('inventory')]) world.node(name).stepWallClock(-8_000);
    await world.until(place(pipeline, leader, 'k1', basket, false));
    await world.advance(1_000);
    for (const name of [...namesOf('inventory')]) world.node(name).stepWallClock(8_000);
    const audit = await settleAndAudit(pipeline);
    expect([audit.violations, audit.orders[0]?.status]).toEqual([[], 'CONFIRMED']);
  });
});
