import { expect, test } from 'vitest';
import { holdRequests } from './hold.ts';
import { createWorld } from './test-support.ts';

const write = { from: 'order-1', to: 'replica-1', kind: 'replica-write' } as const;

test('held requests are let go by choice, and keep account of how they ended', async () => {
  const world = createWorld();
  const hold = holdRequests(world.context.plane, 'h', 'held', ({ kind }) => kind === 'replica-write');
  const first = world.call({ ...write, key: 'a' });
  const second = world.call({ ...write, key: 'b' });
  const untouched = await world.run(world.call({ from: 'order-1', to: 'replica-1' }));
  expect(untouched.faults).toEqual([]);
  expect(hold.held.map(({ key }) => key)).toEqual(['a', 'b']);
  hold.release(({ key }) => key === 'b');
  expect(await world.run(second)).toMatchObject({ key: 'b', faults: ['held'], outcome: 'completed' });
  expect(hold.ended.map(({ key }) => key)).toEqual(['b']);
  hold.dispose();
  expect(await world.run(first)).toMatchObject({ key: 'a', outcome: 'completed' });
  hold.dispose();
});

test('a hold that was disposed of holds nothing any more', async () => {
  const world = createWorld();
  holdRequests(world.context.plane, 'h', 'held', () => true).dispose();
  expect((await world.run(world.call(write))).faults).toEqual([]);
  expect(world.rules.size).toBe(0);
});
