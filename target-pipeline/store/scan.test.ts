import { describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../test-support/cluster.ts';
import { scanAllKeys, scanEntries, scanKeys } from './scan.ts';

const scanOptions = { prefix: 'order/', openOnly: false, limit: 3, deadlineMs: 100 };

/** Orders 00 to 19, those with an even number open, each written while another replica is silent. */
async function withOrders(): Promise<Cluster> {
  const cluster = await startCluster({ seed: 1 });
  const registers = cluster.registersOn('writer');
  for (let n = 0; n < 20; n += 1) {
    cluster.world.network.planCall = ({ to }) => (to === cluster.replicas[n % 3] ? { fate: 'refused' } : {});
    const key = `order/${String(n).padStart(2, '0')}`;
    await cluster.world.until(
      registers.change(key, () => ({ kind: 'set', value: n, open: n % 2 === 0, result: true }), { deadlineMs: 1_000 }),
    );
  }
  cluster.world.network.planCall = () => ({});
  return cluster;
}

describe('a scan over a read quorum', () => {
  it('misses no key that was written, whichever replica is silent, and pages never skip one', async () => {
    const cluster = await withOrders();
    for (const silent of [undefined, ...cluster.replicas]) {
      cluster.world.network.planCall = ({ to }) => (to === silent ? { fate: 'refused' } : {});
      for (const limit of [1, 3, 7, 100]) {
        const keys = await cluster.world.until(scanAllKeys(cluster.registersOn('reader'), { ...scanOptions, limit }));
        expect(keys).toEqual(Array.from({ length: 20 }, (_, n) => `order/${String(n).padStart(2, '0')}`));
      }
      const open = await cluster.world.until(scanAllKeys(cluster.registersOn('reader'), { ...scanOptions, openOnly: true }));
      expect(open).toHaveLength(10);
    }
  });

  it('reads each value linearizably, also where replicas disagree', async () => {
    const cluster = await withOrders();
    const [, second = ''] = cluster.replicas;
    const found: unknown[] = [];
    let after: string | undefined;
    do {
      cluster.world.network.planCall = ({ to }) => (to === second ? { fate: 'refused' } : {});
      const page = await cluster.world.until(
        scanEntries(cluster.registersOn('reader'), { ...scanOptions, deadlineMs: 1_000, ...(after === undefined ? {} : { after }) }),
      );
      found.push(...(page?.entries ?? []).map(({ value }) => value));
      after = page?.next;
    } while (after !== undefined);
    expect(found).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('says that it could not be done rather than give what a minority knows', async () => {
    const cluster = await withOrders();
    cluster.world.network.planCall = ({ to }) => (to === 'replica-1' ? {} : { fate: 'refused' });
    const registers = cluster.registersOn('reader');
    expect(await cluster.world.until(scanKeys(registers, scanOptions))).toBeUndefined();
    expect(await cluster.world.until(scanEntries(registers, scanOptions))).toBeUndefined();
  });
});
