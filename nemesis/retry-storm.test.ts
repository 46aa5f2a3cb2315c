/** The retry storm: what it does to calls, what it claims, and the figures it leaves for the checker. */
import { describe, expect, test } from 'vitest';
import type { RetryPromise } from '../harness/history/index.ts';
import { retryStorm } from './faults/retry-storm.ts';
import { allHold, createWorld, type FakeCall, type World } from './test-support.ts';

const retries: RetryPromise = {
  edge: { fromRole: 'order', toRole: 'payment' },
  attemptsMax: 3,
  budgetShare: 0.2,
  budgetFloorPerSecond: 5,
  budgetWindowMs: 10_000,
  timeoutMs: 1000,
  longestBackoffMs: 1000,
  onTimeMs: 3000,
};
const calibration = { role: 'payment', capacityPerSecond: 50, offeredPerSecond: 20 };
const capture = { from: 'order-1', to: 'payment-1', kind: 'effect', body: '{"amountCents":5}' } as const;

function stormyWorld(call: Partial<FakeCall> = {}): World {
  const world = createWorld({ target: { retries, calibration } });
  world.every(50, () => void world.call({ ...capture, ...call }));
  return world;
}

const stalled = (world: World) => world.records.filter(({ faults }) => faults.includes('stalled'));

describe('retry-storm', () => {
  test('stalls the calls of the promised edge for as long as asked, and proves it by the goodput that is missing', async () => {
    const world = stormyWorld();
    const record = await world.inject(retryStorm, { durationMs: 5000 });
    expect(allHold(record)).toBe(true);
    expect(record.targets).toEqual(['order-1->payment-1']);
    const [first, last] = [stalled(world)[0], stalled(world).at(-1)];
    expect(((last?.receivedAt ?? 0) - (first?.receivedAt ?? 0)) / 1e6).toBeGreaterThan(4500);
    expect(stalled(world).every(({ forwardedAt, status }) => forwardedAt === undefined && status === undefined)).toBe(true);
    expect(world.rules.size).toBe(0);
  });

  test('cuts all calls that hang at one instant, again and again, before their callers give up', async () => {
    const world = stormyWorld();
    await world.inject(retryStorm, { durationMs: 2700, cutMs: 900 });
    const ends = stalled(world).map(({ endedAt, outcome }) => `${outcome} ${Math.round(endedAt / 1e6)}`);
    expect([...new Set(ends)]).toEqual(['dropped 900', 'dropped 1800', 'dropped 2700']);
    expect(ends.filter((end) => end === 'dropped 900')).toHaveLength(17);
  });

  test('can have the calls fail instead', async () => {
    const world = stormyWorld();
    expect(allHold(await world.inject(retryStorm, { how: 'fail' }))).toBe(true);
    expect(new Set(stalled(world).map(({ status }) => status))).toEqual(new Set([503]));
  });

  test('leaves other edges and other calls alone', async () => {
    const world = stormyWorld();
    world.every(60, () => void world.call({ ...capture, to: 'replica-1' }));
    world.every(70, () => void world.call({ ...capture, kind: 'replica-write' }));
    await world.inject(retryStorm);
    expect(new Set(stalled(world).map(({ to, kind }) => `${to} ${kind}`))).toEqual(new Set(['payment-1 effect']));
  });

  test('tells what it was: the promise, the measured capacity, the load, when it began and ended', async () => {
    const world = stormyWorld();
    world.every(500, () => void world.call({ ...capture, from: 'order-2' }));
    const { facts, startedAt } = await world.inject(retryStorm, { durationMs: 5000 });
    expect(facts).toEqual({
      ...retries,
      capacityPerSecond: 50,
      offeredPerSecond: 20,
      clientProcesses: 2,
      stallStartedAt: startedAt,
      stallEndedAt: startedAt + 5000 * 1e6,
      graceMs: 10_000,
    });
  });

  test('leaves out a capacity that was not measured', async () => {
    const world = createWorld({ target: { retries } });
    world.every(50, () => void world.call(capture));
    expect((await world.inject(retryStorm)).facts).not.toHaveProperty('capacityPerSecond');
  });

  test('proves nothing without load, or while most calls succeed all the same', async () => {
    const idle = createWorld({ target: { retries, calibration } });
    expect((await idle.inject(retryStorm)).proofs.map(({ holds }) => holds)).toEqual([false, false]);
    const lucky = stormyWorld();
    let turn = 0;
    // Another fault, which came first, disposes of most of the calls, and does them no harm.
    lucky.context.plane.addRule({ id: 'first', decide: () => (turn++ % 4 === 0 ? undefined : { label: 'delayed', delayRequestMs: 1 }) });
    expect((await lucky.inject(retryStorm)).proofs.map(({ holds }) => holds)).toEqual([true, false]);
  });

  test('lets everything pass again when the run is stopped', async () => {
    const world = stormyWorld();
    world.at(1000, () => world.abort());
    await world.inject(retryStorm);
    expect(world.rules.size).toBe(0);
    expect(world.nowMs()).toBeLessThan(1100);
  });

  test('refuses a target that promises nothing, and a way to fail that it does not know', async () => {
    await expect(createWorld().inject(retryStorm)).rejects.toThrow('does not say who retries whom');
    await expect(stormyWorld().inject(retryStorm, { how: 'explode' })).rejects.toThrow('expected stall or fail');
  });
});
