/**
 * Many objects, each with a history of its own.
 *
 *     perKey({ keys: ['r-1', 'r-2'], processesPerKey: 3, generator: () => limit(100, mix(random, [reads, writes])) })
 */
import type { Process } from '../history/index.ts';
import { soonest } from './choice.ts';
import { clientPositions } from './routing.ts';
import { type Generator, type GeneratorResult, nothing, restrict, workerOf } from './types.ts';

export interface PerKeyOptions {
  /** The keys in order, or the key at each position (`undefined` ends them). */
  readonly keys: readonly string[] | ((position: number) => string | undefined);
  /** How many workers, at least, work on one key at the same time. */
  readonly processesPerKey: number;
  /** The operations of one key. Each is given the key. */
  readonly generator: (key: string) => Generator;
}

interface KeyGroup {
  readonly key: string | undefined;
  readonly generator: Generator;
}

/**
 * Keys worked on by groups of workers, each group one key at a time until its generator is exhausted. Short histories of many keys
 * are far cheaper to check than a long one of a single key, and the group gives each key real concurrency.
 */
export function perKey(options: PerKeyOptions): Generator {
  const { keys } = options;
  const keyAt = typeof keys === 'function' ? keys : (position: number): string | undefined => keys[position];
  return perKeyFrom({ ...options, keys: keyAt }, [], 0, 0);
}

type KeyAt = Extract<PerKeyOptions['keys'], (position: number) => unknown>;

function perKeyFrom(
  options: PerKeyOptions & { readonly keys: KeyAt },
  groups: readonly KeyGroup[],
  position: number,
  turn: number,
): Generator {
  return {
    op: (context) => {
      const positions = clientPositions(context);
      const groupCount = Math.max(1, Math.floor(positions.size / options.processesPerKey));
      const working: KeyGroup[] = [];
      const results: GeneratorResult[] = [];
      let nextPosition = position;
      for (let index = 0; index < groupCount; index++) {
        const mine = restrict(context, (worker) => groupOf(positions, worker, groupCount) === index);
        let group = groups[index] ?? { key: undefined, generator: nothing };
        let result = group.generator.op(mine);
        while (result.kind === 'done') {
          const key = options.keys(nextPosition);
          if (key === undefined) break;
          nextPosition++;
          group = { key, generator: options.generator(key) };
          result = group.generator.op(mine);
        }
        working.push(group);
        results.push(withKey(result, group.key));
      }
      const generators = working.map(({ generator }) => generator);
      return soonest(generators, results, turn, (following, nextTurn) => {
        const regrouped = working.map(({ key }, index) => ({ key, generator: following[index] as Generator }));
        return perKeyFrom(options, regrouped, nextPosition, nextTurn);
      });
    },
    update: (context, event) => {
      const positions = clientPositions(context);
      const eventGroup = groupOf(positions, workerOf(event.process, context.concurrency), groups.length);
      const updated = groups.map((group, index) => {
        // A completion may come after the group has gone on to another key.
        if (index !== eventGroup || event.key !== group.key) return group;
        const mine = restrict(context, (worker) => groupOf(positions, worker, groups.length) === index);
        return { key: group.key, generator: group.generator.update(mine, event) };
      });
      return perKeyFrom(options, updated, position, turn);
    },
  };
}

function groupOf(positions: ReadonlyMap<Process, number>, worker: Process, groupCount: number): number | undefined {
  const position = positions.get(worker);
  return position === undefined ? undefined : position % groupCount;
}

function withKey(result: GeneratorResult, key: string | undefined): GeneratorResult {
  if (result.kind !== 'invoke' || key === undefined) return result;
  return { ...result, invocation: { ...result.invocation, key } };
}
