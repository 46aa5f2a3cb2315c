/** Orders as customers see them, with every role started by its own composition root, on virtual time. */
import { describe, expect, it } from 'vitest';
import { settleAndAudit } from './test-support/audit.ts';
import { basket, cancelFor, place } from './test-support/customer.ts';
import { namesOf, startPipeline } from './test-support/pipeline.ts';

describe('an order', () => {
  it.each(namesOf('order'))('is placed through %s, confirmed, paid once and sold', async (node) => {
    const pipeline = await startPipeline({ seed: 1 });
    await pipeline.untilLed();
    await pipeline.world.advance(1_000);
    const { status, body, headers } = await pipeline.world.until(place(pipeline, node, 'k1'));
    expect([status, body['status'], headers['location']]).toEqual([201, 'CONFIRMED', `/orders/${String(body['orderId'])}`]);
    const audit = await settleAndAudit(pipeline);
    expect(audit.violations).toEqual([]);
    expect(audit.payments[0]?.records).toMatchObject([
      { kind: 'capture', amountCents: 500, idempotencyKey: `${String(body['orderId'])}:capture:0` },
    ]);
    expect(audit.stock.map(({ sku, sold }) => [sku, sold])).toEqual([
      ['apple', 2],
      ['pear', 1],
    ]);
  });

  it('is answered at once without wait=terminal, and goes on by itself', async () => {
    const pipeline = await startPipeline({ seed: 2 });
    const leader = await pipeline.untilLed();
    const { status, body } = await pipeline.world.until(place(pipeline, leader, 'k1', basket, false));
    expect([status, body['status']]).toEqual([201, 'PENDING']);
    expect((await settleAndAudit(pipeline)).orders.map((order) => order.status)).toEqual(['CONFIRMED']);
  });

  it('is rejected when stock is short, and what it had reserved already is released', async () => {
    const pipeline = await startPipeline({ seed: 3 });
    const leader = await pipeline.untilLed();
    const body = {
      ...basket,
      items: [
        { sku: 'apple', quantity: 5 },
        { sku: 'scarce', quantity: 2 },
      ],
    };
    const answer = await pipeline.world.until(place(pipeline, leader, 'k1', body));
    expect(answer.body).toMatchObject({ status: 'REJECTED', rejection: 'insufficient-stock' });
    const audit = await settleAndAudit(pipeline);
    expect(audit.violations).toEqual([]);
    expect(audit.payments).toEqual([]);
    expect(audit.stock).toMatchObject([
      { sku: 'apple', available: 100 },
      { sku: 'scarce', available: 1 },
    ]);
  });

  it('is rejected when its payment is declined, and nothing is kept', async () => {
    const pipeline = await startPipeline({ seed: 4 });
    const leader = await pipeline.untilLed();
    const answer = await pipeline.world.until(place(pipeline, leader, 'k1', { ...basket, amountCents: 100_001 }));
    expect(answer.body).toMatchObject({ status: 'REJECTED', rejection: 'payment-declined' });
    const audit = await settleAndAudit(pipeline);
    expect(audit.violations).toEqual([]);
    expect(audit.payments[0]?.records).toEqual([]);
  });

  it('of the last unit is won by one of many who want it', async () => {
    const pipeline = await startPipeline({ seed: 5 });
    const leader = await pipeline.untilLed();
    const body = { ...basket, items: [{ sku: 'scarce', quantity: 1 }] };
    const answers = await pipeline.world.until(Promise.all(Array.from({ length: 8 }, (_, n) => place(pipeline, leader, `k${n}`, body))));
    expect(answers.map((answer) => answer.body['status']).sort()).toEqual(['CONFIRMED', ...Array(7).fill('REJECTED')]);
    expect((await settleAndAudit(pipeline)).violations).toEqual([]);
  });
});

describe('an idempotency key', () => {
  it('gives the same order again for the same body, whoever is asked, and 422 for another, which changes nothing', async () => {
    const pipeline = await startPipeline({ seed: 6 });
    await pipeline.untilLed();
    await pipeline.world.advance(1_000);
    const first = await pipeline.world.until(place(pipeline, 'order-1', 'k1'));
    for (const node of namesOf('order')) {
      const reordered = { amountCents: 500, items: basket.items, customer: 'ada' };
      const again = await pipeline.world.until(place(pipeline, node, 'k1', reordered));
      expect([again.status, again.body, again.headers['idempotent-replayed']]).toEqual([201, first.body, 'true']);
      const other = await pipeline.world.until(place(pipeline, node, 'k1', { ...basket, amountCents: 501 }));
      expect([other.status, other.body['type']]).toEqual([422, 'urn:seamproof:problem:idempotency-key-reused']);
    }
    const audit = await settleAndAudit(pipeline);
    expect([audit.violations, audit.orders.length]).toEqual([[], 1]);
  });

  it('makes one order of many that arrive together', async () => {
    const pipeline = await startPipeline({ seed: 7 });
    await pipeline.untilLed();
    await pipeline.world.advance(1_000);
    const answers = await pipeline.world.until(
      Promise.all([0, 1, 2, 3, 4, 5].map((n) => place(pipeline, namesOf('order')[n % 3] as string, 'k1'))),
    );
    expect(new Set(answers.map(({ body }) => body['orderId'])).size).toBe(1);
    const audit = await settleAndAudit(pipeline);
    expect([audit.violations, audit.orders.length]).toEqual([[], 1]);
  });
});

describe('a cancellation', () => {
  it('is carried through whatever state the order is in when it comes', { timeout: 60_000 }, async () => {
    const cancelledFrom = new Set<string>();
    for (let afterMs = 0; afterMs < 130; afterMs += 3) {
      const pipeline = await startPipeline({ seed: 1 + afterMs });
      const { world } = pipeline;
      const leader = await pipeline.untilLed();
      const placed = await world.until(place(pipeline, leader, 'k1', basket, false));
      const orderId = String(placed.body['orderId']);
      await world.advance(afterMs);
      const cancelled = await world.until(cancelFor(pipeline, orderId));
      expect([cancelled.status, cancelled.body['status']]).toEqual([200, 'CANCELLED']);
      const again = await world.until(cancelFor(pipeline, orderId));
      expect([again.status, again.body['status']]).toEqual([200, 'CANCELLED']);
      const audit = await settleAndAudit(pipeline);
      expect(audit.violations, `cancelled after ${afterMs} ms`).toEqual([]);
      const states = audit.orders[0]?.transitions.map(({ status }) => status) ?? [];
      cancelledFrom.add(states[states.indexOf('CANCELLING') - 1] ?? '');
    }
    expect([...cancelledFrom].sort()).toEqual(['CONFIRMED', 'PENDING', 'RESERVED']);
  });

  it('of a rejected order is refused, of an unknown one not found', async () => {
    const pipeline = await startPipeline({ seed: 9 });
    const leader = await pipeline.untilLed();
    const rejected = await pipeline.world.until(place(pipeline, leader, 'k1', { ...basket, amountCents: 100_001 }));
    const refused = await pipeline.world.until(cancelFor(pipeline, String(rejected.body['orderId'])));
    expect([refused.status, refused.body['type']]).toEqual([409, 'urn:seamproof:problem:not-cancellable']);
    expect((await pipeline.world.until(cancelFor(pipeline, 'nobody'))).status).toBe(404);
  });
});
