/** Stock kept eventually: what it is for, what it costs, and how the cost is paid back. */
import { describe, expect, it } from 'vitest';
import { settleAndAudit } from './test-support/audit.ts';
import { cancelFor, place, placeFor } from './test-support/customer.ts';
import { namesOf, type Pipeline, startPipeline } from './test-support/pipeline.ts';

const environment = { INVENTORY_CONSISTENCY: 'eventual' };
const lastUnit = { customer: 'ada', items: [{ sku: 'scarce', quantity: 1 }], amountCents: 500 };
const eventsOf = (pipeline: Pipeline, event: string) => pipeline.world.logs.filter((line) => line.event === event);

/** The instances of the inventory don't hear each other, and only `reachable` hears the order service. */
function cutInstances(pipeline: Pipeline, reachable: string): void {
  pipeline.world.network.planCall = ({ from, to }) => {
    const between = from.startsWith('inventory') && to.startsWith('inventory');
    const hidden = from.startsWith('order') && to.startsWith('inventory') && to !== reachable;
    return between || hidden ? { fate: 'refused' } : {};
  };
}

describe('stock kept eventually', () => {
  it('sells, cancels and adds up like any other once its instances have heard each other', async () => {
    const pipeline = await startPipeline({ seed: 1, environment });
    await pipeline.untilLed();
    const placed = await Promise.all([0, 1, 2, 3].map((n) => pipeline.world.until(placeFor(pipeline, `k${n}`))));
    await pipeline.world.until(cancelFor(pipeline, String(placed[1]?.body['orderId'])), 30_000);
    const audit = await settleAndAudit(pipeline);
    expect(audit.violations).toEqual([]);
    expect(audit.orders.map(({ status }) => status).sort()).toEqual(['CANCELLED', 'CONFIRMED', 'CONFIRMED', 'CONFIRMED']);
    expect(audit.stock.find(({ sku }) => sku === 'apple')).toMatchObject({ initial: 100, available: 94, sold: 6 });
  });

  it('is kept across crashes of every instance', async () => {
    const pipeline = await startPipeline({ seed: 2, environment });
    await pipeline.untilLed();
    await pipeline.world.until(placeFor(pipeline, 'k1'));
    expect((await settleAndAudit(pipeline)).violations).toEqual([]);
    for (const name of namesOf('inventory')) await pipeline.restart(name);
    const audit = await settleAndAudit(pipeline);
    expect([audit.violations, audit.stock.find(({ sku }) => sku === 'apple')?.sold]).toEqual([[], 2]);
  });

  it('answers without a quorum of replicas, from what one instance knows', async () => {
    const pipeline = await startPipeline({ seed: 3, environment });
    const { world } = pipeline;
    await pipeline.untilLed();
    await world.until(placeFor(pipeline, 'k1'));
    expect((await settleAndAudit(pipeline)).violations).toEqual([]);
    for (const name of ['replica-1', 'replica-2']) pipeline.crash(name);
    const read = await world.until(pipeline.call('order-1', 'GET', '/stock/apple'));
    expect([read.status, read.body['available']]).toEqual([200, 98]);
  });

  it('oversells when its instances are cut off from each other, says by how much, and takes back what it sold twice', async () => {
    const pipeline = await startPipeline({ seed: 4, environment });
    const { world } = pipeline;
    const leader = await pipeline.untilLed();
    cutInstances(pipeline, 'inventory-1');
    const first = await world.until(place(pipeline, leader, 'k1', lastUnit), 30_000);
    cutInstances(pipeline, 'inventory-2');
    const second = await world.until(place(pipeline, leader, 'k2', lastUnit), 30_000);
    const statuses = [first.body['status'], second.body['status']];
    world.network.planCall = () => ({});
    const audit = await settleAndAudit(pipeline);
    expect(statuses).toEqual(['CONFIRMED', 'CONFIRMED']);
    expect(audit.violations).toEqual([]);
    expect(audit.orders.map(({ status }) => status).sort()).toEqual(['CANCELLED', 'CONFIRMED']);
    expect(audit.stock.find(({ sku }) => sku === 'scarce')).toMatchObject({ available: 0, sold: 1, oversoldUnits: 1 });
    expect(eventsOf(pipeline, 'stock.oversold')).not.toEqual([]);
    expect(eventsOf(pipeline, 'stock.reconciled')).toHaveLength(1);
  });

  it('promises the last unit once while its instances hear each other', async () => {
    const pipeline = await startPipeline({ seed: 5, environment });
    const leader = await pipeline.untilLed();
    const first = await pipeline.world.until(place(pipeline, leader, 'k1', lastUnit), 30_000);
    await pipeline.world.advance(500);
    const second = await pipeline.world.until(place(pipeline, leader, 'k2', lastUnit), 30_000);
    expect([first.body['status'], second.body['status']]).toEqual(['CONFIRMED', 'REJECTED']);
    expect((await settleAndAudit(pipeline)).violations).toEqual([]);
  });
});
