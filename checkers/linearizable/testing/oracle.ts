/**
 * The definition of linearizability, tried out by brute force: is there an order of the calls, each between its call and its return, that
 * the model accepts? Deliberately shares nothing with the engine but the models. For histories of a dozen operations.
 */
import type { Operation } from '../../../harness/history/index.ts';
import { type Call, type Model, REJECTED, UNKNOWN_OUTPUT } from '../../models/index.ts';

interface Interval {
  readonly call: Call;
  readonly from: number;
  readonly to: number;
  readonly required: boolean;
}

function intervals(operations: readonly Operation[]): Interval[] {
  const found: Interval[] = [];
  for (const [position, invoke] of operations.entries()) {
    if (invoke.type !== 'invoke' || invoke.process === 'nemesis') continue;
    const end = operations.slice(position + 1).find((other) => other.process === invoke.process);
    const key = invoke.key === undefined ? {} : { key: invoke.key };
    if (end?.type === 'fail') continue;
    if (end?.type === 'ok') {
      found.push({
        call: { f: invoke.f, ...key, input: invoke.value, output: end.value },
        from: invoke.time,
        to: end.time,
        required: true,
      });
    } else {
      found.push({
        call: { f: invoke.f, ...key, input: invoke.value, output: UNKNOWN_OUTPUT },
        from: invoke.time,
        to: Number.POSITIVE_INFINITY,
        required: false,
      });
    }
  }
  return found;
}

export function oracle<S>(operations: readonly Operation[], model: Model<S>, initial?: unknown): boolean {
  const all = intervals(operations);
  const explore = (left: readonly Interval[], states: ReadonlyMap<string | undefined, S>): boolean => {
    if (!left.some((interval) => interval.required)) return true;
    return left.some((next) => {
      // A call that returned strictly before `next` was called has to come first.
      if (left.some((other) => other.to < next.from)) return false;
      const part = model.partition === undefined ? next.call.key : model.partition(next.call);
      const state = states.has(part) ? (states.get(part) as S) : model.init(initial);
      const after = model.step(state, next.call);
      if (after === REJECTED) return false;
      return explore(
        left.filter((other) => other !== next),
        new Map(states).set(part, after),
      );
    });
  };
  return explore(all, new Map());
}
