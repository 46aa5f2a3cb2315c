/** Chance that is the same in every run with the same seed, and different from node to node. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Random } from '../port.ts';

export function seededRandom(seed: number, name: string): Random {
  let hash = seed | 0;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  const generator = xoroshiro128plus(hash);
  // The first draws of neighbouring seeds are alike: the generator spreads a small seed over its state only as it goes.
  for (let warmUp = 0; warmUp < 64; warmUp++) generator.next();
  let ids = 0;
  return {
    uniform: () => ((generator.next() >>> 5) * 2 ** 26 + (generator.next() >>> 6)) / 2 ** 53,
    id: () => `${name}-${ids++}`,
  };
}
