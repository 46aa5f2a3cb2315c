import { describe, expect, it } from 'vitest';
import { createVirtualWorld } from '../runtime/virtual.ts';
import { acceptorRules } from './acceptor.ts';
import { openLastingAcceptor, ReplicaRefusesError } from './lasting-acceptor.ts';
import type { Envelope } from './protocol.ts';

const envelope = (value: unknown): Envelope => ({ value, changes: 1, operationIds: [], open: false });
const accept = (counter: number, value: unknown) =>
  ({ key: 'k', ballot: [0, counter, 'p'], envelope: envelope(value), from: 'p' }) as const;

async function replica() {
  const world = createVirtualWorld({ seed: 1 });
  const node = world.node('replica-1');
  const open = () =>
    world.until(
      openLastingAcceptor(node.runtime, { replica: 'replica-1', directory: 'data', rules: acceptorRules, compactBytesMin: 1_000_000 }),
    );
  return { world, node, open, acceptor: await open() };
}

describe('a replica whose disk takes no more', () => {
  it('refuses, and of what it refused nothing is there once it works again', async () => {
    const { world, node, acceptor } = await replica();
    await world.until(acceptor.accept(accept(1, 'kept')));
    node.disk.failNext('append');
    await expect(world.until(acceptor.accept(accept(2, 'refused')))).rejects.toThrow(ReplicaRefusesError);
    // Memory is ahead of the disk now, so nobody may look.
    await expect(world.until(acceptor.read('k'))).rejects.toThrow(ReplicaRefusesError);
    expect(() => acceptor.fences()).toThrow(ReplicaRefusesError);
    await world.advance(1000);
    expect(await world.until(acceptor.read('k'))).toMatchObject({ ballot: [0, 1, 'p'], envelope: { value: 'kept' } });
    expect(await world.until(acceptor.accept(accept(2, 'after')))).toEqual({ kind: 'accepted' });
  });

  it('refuses every call that waited for the same commit', async () => {
    const { world, node, acceptor } = await replica();
    node.disk.failNext('append');
    const calls = [acceptor.accept(accept(1, 'one')), acceptor.raiseFence({ scope: 'orders', token: 7 }, 'p'), acceptor.read('k')];
    const outcomes = await world.until(Promise.allSettled(calls));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await world.advance(1000);
    expect(acceptor.fences()).toEqual({});
  });

  it('works again as often as the disk does, and is closed for good when asked', async () => {
    const { world, node, acceptor, open } = await replica();
    for (const counter of [1, 2, 3]) {
      node.disk.failNext('append');
      await expect(world.until(acceptor.accept(accept(counter, counter)))).rejects.toThrow('append');
      await world.advance(1000);
    }
    await world.until(acceptor.accept(accept(4, 'last')));
    await world.until(acceptor.close());
    expect(await world.until((await open()).read('k'))).toMatchObject({ envelope: { value: 'last' } });
  });

  it('keeps its log closed after a sync that failed: what it would read there need not be on the disk', async () => {
    const { world, node, acceptor } = await replica();
    node.disk.failNext('sync');
    await expect(world.until(acceptor.accept(accept(1, 'lost')))).rejects.toThrow('sync');
    await world.advance(60_000);
    await expect(world.until(acceptor.read('k'))).rejects.toThrow('sync');
  });
});
