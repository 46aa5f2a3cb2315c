import { describe, expect, it } from 'vitest';
import { createVirtualWorld } from '../runtime/virtual.ts';
import { ReplicaUnreachableError } from './protocol.ts';
import { fenceQuorum, gather, quorumProblem, replies } from './quorum.ts';

describe('quorum sizes', () => {
  it('are accepted exactly when they are whole, within the replicas, and intersect', () => {
    for (let replicas = 1; replicas <= 7; replicas += 1) {
      for (let read = -1; read <= replicas + 1; read += 1) {
        for (let write = -1; write <= replicas + 1; write += 1) {
          const fine = read >= 1 && write >= 1 && read <= replicas && write <= replicas && read + write > replicas;
          expect(quorumProblem({ read, write }, replicas) === undefined).toBe(fine);
        }
      }
    }
    expect(quorumProblem({ read: 1.5, write: 3 }, 3)).toContain('the read quorum is 1.5');
    expect(quorumProblem({ read: 1, write: 2 }, 3)).toContain('R + W must be more than N');
  });

  it('give a fence quorum after which the rest is too few to prepare and too few to accept', () => {
    for (let replicas = 1; replicas <= 7; replicas += 1) {
      for (let read = 1; read <= replicas; read += 1) {
        for (let write = replicas - read + 1; write <= replicas; write += 1) {
          const fenced = fenceQuorum({ read, write }, replicas);
          expect(fenced).toBeLessThanOrEqual(replicas);
          expect(replicas - fenced).toBeLessThan(Math.min(read, write));
          expect(replicas - (fenced - 1)).toBeGreaterThanOrEqual(Math.min(read, write));
        }
      }
    }
  });
});

describe('gathering answers', () => {
  const { timers } = createVirtualWorld({ seed: 1 }).node('a').runtime;
  const peers = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];

  it('ends when there is enough', async () => {
    const answers = await gather(
      peers,
      ({ name }) => (name === 'c' ? new Promise<string>(() => undefined) : Promise.resolve(name)),
      (sofar) => sofar.length >= 2,
    );
    expect(replies(answers)).toEqual(['a', 'b']);
  });

  it('ends when all have answered or failed, and a failure is no reply', async () => {
    const answers = await gather(
      peers,
      ({ name }) => (name === 'a' ? Promise.resolve(name) : Promise.reject(new Error('down'))),
      () => false,
    );
    expect(replies(answers)).toEqual(['a']);
    expect(answers.filter((answer) => 'failure' in answer && answer.failure instanceof ReplicaUnreachableError)).toHaveLength(2);
  });

  it('waits for the last ones only so long, once they can only help', async () => {
    const world = createVirtualWorld({ seed: 1 });
    const { runtime } = world.node('a');
    const slow = async ({ name }: { name: string }): Promise<string> => {
      await runtime.timers.sleep(name === 'c' ? 1_000 : 5);
      return name;
    };
    const answers = await world.until(
      gather(peers, slow, () => false, { timers: runtime.timers, graceMs: 50, begins: (sofar) => sofar.length >= 2 }),
    );
    expect([replies(answers), world.nowMs()]).toEqual([['a', 'b'], 55]);
  });

  it('goes on waiting while patience has not begun to end', async () => {
    const answers = await gather(
      peers,
      ({ name }) => Promise.resolve(name),
      () => false,
      { timers, graceMs: 0, begins: () => false },
    );
    expect(answers).toHaveLength(3);
  });
});
