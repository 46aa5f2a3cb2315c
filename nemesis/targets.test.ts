import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseNodes, draw, targetOptions } from './targets.ts';
import { createWorld, type WorldOptions } from './test-support.ts';

function choose(targets: string, role = '', options: WorldOptions = {}): Promise<readonly string[]> {
  const world = createWorld(options);
  return world.run(chooseNodes({ id: 'f-1', nemesis: 'f', atMs: 0, options: {} }, { targets, role }, world.context, world.signal));
}

describe('targets', () => {
  test.each([
    ['one', '', 1],
    ['minority', '', 1],
    ['majority', '', 2],
    ['all', '', 3],
    ['one', 'payment', 1],
    ['minority', 'payment', 1],
    ['majority', 'payment', 2],
  ])('%s of the role "%s" are %i of its nodes', async (targets, role, count) => {
    const chosen = await choose(targets, role, { random: () => 0.7 });
    expect(new Set(chosen).size).toBe(count);
    for (const node of chosen) expect(node).toMatch(role === '' ? /^replica-/ : /^payment-/);
  });

  test('are a node by its name, a role with all its nodes, anybody, or whoever leads', async () => {
    expect(await choose('order-3')).toEqual(['order-3']);
    expect(await choose('payment')).toEqual(['payment-1', 'payment-2']);
    expect(await choose('leaders')).toEqual(['order-2']);
    expect(await choose(targetOptions.targets.default, '', { random: () => 0.99 })).toEqual(['payment-2']);
  });

  test('are waited for while nobody leads, and missed after a few leases', async () => {
    let asked = 0;
    const leader = async () => ((asked += 1) < 5 ? undefined : { node: 'order-3', token: 2 });
    expect(await choose('leaders', '', { target: { leader } })).toEqual(['order-3']);
    await expect(choose('leaders', '', { target: { leader: () => Promise.resolve(undefined) } })).rejects.toThrow('nobody led');
  });

  test('that are neither are refused with what there is', async () => {
    await expect(choose('broker')).rejects.toThrow('f: targets=broker is neither a node nor a role; there are replica-1');
    await expect(choose('one', 'broker')).rejects.toThrow('f: role=broker is neither');
  });

  test('drawn are distinct, as many as wanted or as there are, and the same for the same chances', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { maxLength: 9 }),
        fc.nat(12),
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 12, maxLength: 12 }),
        (items, count, chances) => {
          const drawOnce = (): readonly string[] => {
            let next = 0;
            return draw(items, count, () => chances[next++ % chances.length] ?? 0);
          };
          const drawn = drawOnce();
          expect(new Set(drawn).size).toBe(Math.min(count, items.length));
          expect(items).toEqual(expect.arrayContaining([...drawn]));
          expect(drawOnce()).toEqual(drawn);
        },
      ),
    );
  });
});
