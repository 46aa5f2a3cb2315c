/**
 * One of several: at random (`mix`), or whichever can go first (`any`).
 *
 *     any(clients(mix(random, [reads, writes])), nemesis(faults))
 */
import type { Random } from './random.ts';
import { done, type Generator, type GeneratorResult, nothing, wrapNext } from './types.ts';

/**
 * The result of several generators asked side by side: a note at once, else the operation the schedule wanted earliest, else waiting
 * for the earliest of them. Between equals the turn decides, so that none starves. `results[i]` is what `generators[i]` said;
 * `wrap` puts the generators that follow together again.
 */
export function soonest(
  generators: readonly Generator[],
  results: readonly GeneratorResult[],
  turn: number,
  wrap: (generators: readonly Generator[], turn: number) => Generator,
): GeneratorResult {
  const following = [...generators];
  let chosen: { readonly index: number; readonly result: GeneratorResult } | undefined;
  let earliest = Number.POSITIVE_INFINITY;
  let until = Number.POSITIVE_INFINITY;
  let waiting = 0;
  let open = 0;
  for (let offset = 0; offset < results.length; offset++) {
    const index = (turn + offset) % results.length;
    const result = results[index] as GeneratorResult;
    if (result.kind !== 'done') open++;
    switch (result.kind) {
      case 'done':
        following[index] = nothing;
        break;
      case 'pending':
        following[index] = result.next;
        until = Math.min(until, result.until ?? Number.POSITIVE_INFINITY);
        waiting += result.waiting;
        break;
      case 'note':
        if (earliest > Number.NEGATIVE_INFINITY) chosen = { index, result };
        earliest = Number.NEGATIVE_INFINITY;
        break;
      case 'invoke':
        if (result.invocation.time < earliest) {
          chosen = { index, result };
          earliest = result.invocation.time;
        }
        break;
    }
  }
  if (open === 0) return done;
  if (chosen !== undefined) {
    const { index, result } = chosen;
    return wrapNext(result, (next) => {
      following[index] = next;
      // A message uses up nobody's turn.
      return wrap(following, result.kind === 'note' ? turn : (index + 1) % results.length);
    });
  }
  const next = wrap(following, turn);
  return { kind: 'pending', waiting, next, ...(Number.isFinite(until) ? { until } : {}) };
}

/** Whichever can give an operation first; all of them in the end. */
export function any(...generators: readonly Generator[]): Generator {
  return anyFrom(generators, 0);
}

function anyFrom(generators: readonly Generator[], turn: number): Generator {
  return {
    op: (context) =>
      soonest(
        generators,
        generators.map((generator) => generator.op(context)),
        turn,
        anyFrom,
      ),
    update: (context, event) =>
      anyFrom(
        generators.map((generator) => generator.update(context, event)),
        turn,
      ),
  };
}

export interface Weighted {
  /** Relative to the others; any positive number. */
  readonly weight: number;
  readonly generator: Generator;
}

/** Each operation from one of the generators at random, by weight. An exhausted one is left out from then on. */
export function mix(random: Random, choices: readonly (Generator | Weighted)[]): Generator {
  const weighted = choices.map((choice) => ('generator' in choice ? choice : { weight: 1, generator: choice }));
  for (const { weight } of weighted) {
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`mix: expected every weight to be a finite number of at least 0, got ${weight}`);
    }
  }
  return mixFrom(
    random,
    weighted.filter(({ weight }) => weight > 0),
    undefined,
  );
}

/** `drawn` is kept until it gives an operation: drawing anew while it waits would favour those that never wait. */
function mixFrom(random: Random, choices: readonly Weighted[], drawn: number | undefined): Generator {
  return {
    op: (context) => {
      if (choices.length === 0) return done;
      const stream = drawn === undefined ? random.clone() : random;
      const index = drawn ?? drawByWeight(stream, choices);
      const result = (choices[index] as Weighted).generator.op(context);
      if (result.kind === 'done') return mixFrom(stream, choices.toSpliced(index, 1), undefined).op(context);
      return wrapNext(result, (next) => {
        const following = choices.with(index, { weight: (choices[index] as Weighted).weight, generator: next });
        return mixFrom(stream, following, result.kind === 'invoke' ? undefined : index);
      });
    },
    update: (context, event) =>
      mixFrom(
        random,
        choices.map(({ weight, generator }) => ({ weight, generator: generator.update(context, event) })),
        drawn,
      ),
  };
}

function drawByWeight(random: Random, choices: readonly Weighted[]): number {
  let point = random.float() * choices.reduce((sum, { weight }) => sum + weight, 0);
  for (const [index, { weight }] of choices.entries()) {
    point -= weight;
    if (point < 0) return index;
  }
  return choices.length - 1;
}
