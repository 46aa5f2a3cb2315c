import { describe, expect, test } from 'vitest';
import { kill } from './faults/kill.ts';
import { pause } from './faults/pause.ts';
import { restart } from './faults/restart.ts';
import { allHold, createWorld } from './test-support.ts';

describe.each([
  { nemesis: kill, verb: 'kill', word: 'killed' },
  { nemesis: restart, verb: 'stop', word: 'stopped' },
])('$nemesis.name', ({ nemesis, verb, word }) => {
  test('takes nodes down, starts them again after a while, and proves both', async () => {
    const world = createWorld();
    let stateMeanwhile: string | undefined;
    world.at(700, () => {
      stateMeanwhile = world.states.get('payment-1');
    });
    const record = await world.inject(nemesis, { targets: 'payment', downMs: 800 });
    expect(stateMeanwhile).toBe('exited');
    expect(world.verbs).toEqual([`${verb} payment-1`, `${verb} payment-2`, 'restart payment-1', 'restart payment-2']);
    expect(world.nowMs()).toBe(800);
    expect(allHold(record)).toBe(true);
    expect(record.targets).toEqual(['payment-1', 'payment-2']);
    expect(record.proofs.map(({ claim }) => claim)).toContain(`payment-1 was ${word}`);
  });

  test('starts them at once when the run is stopped', async () => {
    const world = createWorld();
    world.at(100, () => world.abort());
    await world.inject(nemesis, { targets: 'replica-2', downMs: 60_000 });
    expect(world.nowMs()).toBe(100);
    expect(world.states.get('replica-2')).toBe('running');
  });

  test('starts all of them even if one could not be taken down', async () => {
    const world = createWorld();
    const refusing = async (node: string): Promise<void> => {
      if (node === 'replica-1') throw new Error('it would not go');
    };
    Object.assign(world.context.driver, { [verb]: refusing });
    await expect(world.inject(nemesis, { targets: 'all' })).rejects.toThrow('it would not go');
    expect(world.verbs).toEqual(expect.arrayContaining(['restart replica-1', 'restart replica-2', 'restart replica-3']));
  });

  test('does not call healed what could not be started again', async () => {
    const world = createWorld();
    Object.assign(world.context.driver, { restart: () => Promise.reject(new Error('the port is taken')) });
    await expect(world.inject(nemesis, { targets: 'all' })).rejects.toThrow('the port is taken');
  });

  test('claims nothing of a node that was down already', async () => {
    const world = createWorld();
    await world.context.driver.kill('replica-1');
    const record = await world.inject(nemesis, { targets: 'replica-1' });
    expect(record.proofs[0]).toMatchObject({ holds: false, detail: 'it was exited before' });
  });

  test('claims nothing of a node that lives on as the same process', async () => {
    const world = createWorld({ driver: { restart: () => Promise.resolve(), [verb]: () => Promise.resolve() } });
    const record = await world.inject(nemesis, { targets: 'replica-1' });
    expect(record.proofs.map(({ holds }) => holds)).toEqual([false, false]);
  });
});

describe('pause', () => {
  test('stops nodes for as long as asked and proves it before and after', async () => {
    const world = createWorld();
    const record = await world.inject(pause, { targets: 'one', role: 'payment', durationMs: 2500 });
    expect(world.verbs).toEqual(['pause payment-1', 'resume payment-1']);
    expect(world.nowMs()).toBe(2500);
    expect(allHold(record)).toBe(true);
    expect(record.proofs).toHaveLength(3);
  });

  test('resumes at once when the run is stopped', async () => {
    const world = createWorld();
    world.at(50, () => world.abort());
    await world.inject(pause, { targets: 'all', durationMs: 60_000 });
    expect(world.nowMs()).toBe(50);
    expect([...world.states.values()]).not.toContain('paused');
  });

  test('resumes those it paused when one of them cannot be', async () => {
    const world = createWorld({
      driver: {
        async pause(node) {
          if (node === 'replica-2') throw new Error('it is gone');
        },
      },
    });
    await expect(world.inject(pause, { targets: 'all' })).rejects.toThrow('it is gone');
    expect(world.verbs).toContain('resume replica-1');
  });

  test('claims nothing when the node did not stop, or somebody else woke it', async () => {
    const unstoppable = createWorld({ driver: { pause: () => Promise.resolve() } });
    expect((await unstoppable.inject(pause, { targets: 'replica-1' })).proofs[0]).toMatchObject({ holds: false, detail: 'state: running' });
    const woken = createWorld();
    woken.at(100, () => void woken.context.driver.resume('replica-1'));
    const { proofs } = await woken.inject(pause, { targets: 'replica-1' });
    expect(proofs.map(({ holds }) => holds)).toEqual([true, false, true]);
  });
});
