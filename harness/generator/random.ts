/**
 * Seeded randomness. One seed makes a whole run; every component draws from a stream of its own, named after what it is for, so
 * that adding a component, or letting one draw more, leaves all the others exactly as they were.
 *
 *     const random = createRandom(42, 'workload/orders');
 *     random.int(1, 6);
 */
import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

export type Seed = number | string;

/** A stream. Drawing changes it; `clone` gives pure code a copy to draw from. */
export interface Random {
  /** Uniform integer, both bounds included. */
  int(min: number, max: number): number;
  /** Uniform in [0, 1). */
  float(): number;
  /** `true` with the given probability. */
  chance(probability: number): boolean;
  /** One of the items, each as likely. Throws when there are none. */
  pick<T>(items: readonly T[]): T;
  /** A new array with the items in random order. */
  shuffle<T>(items: readonly T[]): T[];
  /** Exponentially distributed with the given mean: the gaps of a Poisson process. */
  exponential(mean: number): number;
  /** A stream of its own, which depends on this stream's seed and name but not on how much was drawn from it. */
  stream(name: string): Random;
  /** The same stream at the same position; the two go on independently. */
  clone(): Random;
}

/** The stream `streamName` of `seed`. Names are free text; a slash between levels reads well. */
export function createRandom(seed: Seed, streamName: string): Random {
  return streamOf([String(seed), streamName]);
}

type Engine = ReturnType<typeof xoroshiro128plusFromState>;

/**
 * SHA-256 spreads (seed, name) over the whole state. Seeding the engine with a 32-bit number instead would make streams of
 * neighbouring seeds correlated, and two names could meet. The path is encoded as JSON so that no two paths look alike.
 */
function streamOf(path: readonly string[]): Random {
  const digest = createHash('sha256').update(JSON.stringify(path)).digest();
  // The all-zero state, the only bad one, comes once in 2^128 names.
  const state = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
  return new Stream(path, xoroshiro128plusFromState(state));
}

/** A class rather than closures because generators clone their stream for every operation. */
class Stream implements Random {
  readonly #path: readonly string[];
  readonly #engine: Engine;

  constructor(path: readonly string[], engine: Engine) {
    this.#path = path;
    this.#engine = engine;
  }

  int(min: number, max: number): number {
    return uniformInt(this.#engine, min, max);
  }

  float(): number {
    return uniformFloat64(this.#engine);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('pick: expected at least one item to pick from, got an empty array');
    return items[this.int(0, items.length - 1)] as T;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.int(0, last);
      [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
    }
    return shuffled;
  }

  exponential(mean: number): number {
    // 1 − U is in (0, 1], so the logarithm is finite.
    return -Math.log(1 - this.float()) * mean;
  }

  stream(name: string): Random {
    return streamOf([...this.#path, name]);
  }

  clone(): Random {
    return new Stream(this.#path, this.#engine.clone() as Engine);
  }
}
