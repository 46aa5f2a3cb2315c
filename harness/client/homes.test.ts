import { describe, expect, test } from 'vitest';
import { createRandom } from '../generator/index.ts';
import { createHomes } from './homes.ts';
import type { Outcome } from './types.ts';

const endpoints = ['a', 'b', 'c'].map((node) => ({ node, url: `http://${node}` }));
const refused: Outcome = { type: 'fail', error: { code: 'connection-refused', message: '' } };
const timeout: Outcome = { type: 'fail', error: { code: 'timeout', message: '' } };

describe('the home of a process', () => {
  test('stays the same while the node can be reached, and processes are spread evenly over all nodes', () => {
    const homes = createHomes(endpoints, createRandom(1, 'homes'));
    const first = Array.from({ length: 30 }, (_, process) => homes.of(process).node);
    for (let process = 0; process < 30; process++) homes.after(process, timeout);
    expect(Array.from({ length: 30 }, (_, process) => homes.of(process).node)).toEqual(first);
    expect(['a', 'b', 'c'].map((node) => first.filter((home) => home === node).length)).toEqual([10, 10, 10]);
  });

  test('moves on through all nodes when connections are refused', () => {
    const homes = createHomes(endpoints, createRandom(1, 'homes'));
    const visited = Array.from({ length: 4 }, () => {
      const { node } = homes.of(0);
      homes.after(0, refused);
      return node;
    });
    expect(new Set(visited).size).toBe(3);
    expect(visited[3]).toBe(visited[0]);
  });

  test('needs a node to begin with', () => {
    expect(() => createHomes([], createRandom(1, 'homes'))).toThrow('at least one endpoint');
  });
});
