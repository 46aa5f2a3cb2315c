/**
 * Random small histories: clients of a correct object, whose answers are then sometimes tampered with. Clocks are coarse, so that equal
 * times happen; calls end as ok, fail or info, or not at all, and an `info` call may take effect long after.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Operation, OperationType } from '../../../harness/history/index.ts';
import { type Model, REJECTED } from '../../models/index.ts';

export interface Random {
  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number): number;
  pick<T>(from: readonly T[]): T;
}

export function randomFrom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const below = (bound: number): number => uniformInt(generator, 0, bound - 1);
  return { below, pick: (from) => from[below(from.length)] as never };
}

/** What clients of a model do. */
export interface Vocabulary {
  invent(random: Random): { readonly f: string; readonly input: unknown; readonly key?: string };
  /** Everything a call of this function might return. */
  outputs(f: string): readonly unknown[];
  readonly initial?: unknown;
}

interface OpenCall {
  readonly process: number;
  readonly f: string;
  readonly key?: string;
  readonly input: unknown;
  /** Present once it took effect. */
  output?: { readonly value: unknown };
  refused: boolean;
}

export interface HistoryOptions {
  readonly calls: number;
  readonly processes: number;
  /** Every event at an instant of its own. */
  readonly distinctTimes?: boolean;
  /** One in how many answers is wrong (default 8), and one in how many calls is never answered (default 8). */
  readonly oneWrongIn?: number;
  readonly oneLostIn?: number;
}

export function randomHistory<S>(model: Model<S>, vocabulary: Vocabulary, random: Random, options: HistoryOptions): Operation[] {
  const operations: Operation[] = [];
  const states = new Map<string | undefined, S>();
  const open = new Map<number, OpenCall>();
  const lost: OpenCall[] = [];
  const names = Array.from({ length: options.processes }, (_, process) => process);
  let time = 0;
  let left = options.calls;
  let steps = 0;
  const { oneWrongIn = 8, oneLostIn = 8 } = options;

  const record = (call: OpenCall, type: OperationType, value: unknown): void => {
    time += options.distinctTimes ? 1 : random.below(3) === 0 ? 0 : random.below(3);
    operations.push({
      index: operations.length,
      time,
      process: call.process,
      type,
      f: call.f,
      value,
      ...(call.key === undefined ? {} : { key: call.key }),
    });
  };
  const takeEffect = (call: OpenCall): void => {
    const described = { f: call.f, input: call.input, ...(call.key === undefined ? {} : { key: call.key }) };
    const part = model.partition === undefined ? call.key : model.partition({ ...described, output: null });
    const state = states.has(part) ? (states.get(part) as S) : model.init(vocabulary.initial);
    const possible = vocabulary.outputs(call.f).flatMap((value) => {
      const after = model.step(state, { ...described, output: value });
      return after === REJECTED ? [] : [{ value, after }];
    });
    if (possible.length === 0) {
      call.refused = true;
      return;
    }
    const chosen = random.pick(possible);
    states.set(part, chosen.after);
    call.output = { value: chosen.value };
  };

  while ((left > 0 || open.size > 0) && steps++ < 20 * options.calls + 100) {
    const slot = random.below(options.processes);
    const process = names[slot] as number;
    const call = open.get(slot);
    const straggler = lost[0];
    if (straggler !== undefined && random.below(6) === 0) {
      lost.shift();
      takeEffect(straggler);
    } else if (call === undefined) {
      if (left === 0) continue;
      left--;
      const started: OpenCall = { process, ...vocabulary.invent(random), refused: false };
      record(started, 'invoke', started.input);
      open.set(slot, started);
    } else if (random.below(oneLostIn) === 0) {
      // Nobody will know what became of it.
      if (random.below(2) === 0) record(call, 'info', null);
      if (call.output === undefined && !call.refused) lost.push(call);
      open.delete(slot);
      names[slot] = process + options.processes;
    } else if (call.refused) {
      // Now and then a refusal is reported as success.
      if (random.below(oneWrongIn) === 0) record(call, 'ok', random.pick(vocabulary.outputs(call.f)));
      else record(call, 'fail', call.input);
      open.delete(slot);
    } else if (call.output === undefined) takeEffect(call);
    else {
      const tampered = random.below(oneWrongIn) === 0;
      record(call, 'ok', tampered ? random.pick(vocabulary.outputs(call.f)) : call.output.value);
      open.delete(slot);
    }
  }
  return operations;
}
