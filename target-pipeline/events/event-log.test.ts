import { describe, expect, it } from 'vitest';
import { startCluster } from '../test-support/cluster.ts';
import { logHead, segmentEvents, segmentKey } from './event-log.ts';

describe('the head of the event log', () => {
  it('is found from anywhere before it, however far away, with few reads', async () => {
    const cluster = await startCluster({ seed: 1 });
    const { world } = cluster;
    const registers = cluster.registersOn('reader');
    const full = Array.from({ length: segmentEvents }, (_, n) => ({ id: `e${n}` }));
    for (let segments = 0; segments <= 20; segments += 1) {
      const last = full.slice(0, 5);
      const write = (segment: number, events: unknown) =>
        world.until(registers.change(segmentKey(segment), () => ({ kind: 'set', value: events, result: true }), { deadlineMs: 1_000 }));
      if (segments > 0) await write(segments - 1, full);
      const fullHead = segments * segmentEvents;
      for (const from of [0, Math.floor(fullHead / 2), fullHead]) expect(await world.until(logHead(registers, from, 1_000))).toBe(fullHead);
      await write(segments, last);
      const before = world.network.calls.length;
      expect(await world.until(logHead(registers, 0, 1_000))).toBe(fullHead + last.length);
      expect((world.network.calls.length - before) / cluster.replicas.length).toBeLessThanOrEqual(11);
    }
  });

  it('is not guessed when no quorum answers', async () => {
    const cluster = await startCluster({ seed: 1 });
    cluster.world.network.planCall = ({ to }) => (to === 'replica-1' ? {} : { fate: 'refused' });
    expect(await cluster.world.until(logHead(cluster.registersOn('reader'), 0, 200))).toBeUndefined();
  });
});
