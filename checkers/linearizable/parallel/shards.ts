/**
 * A history dealt out by key, in columns that another thread takes over without a copy. What the check doesn't look at (the node, the
 * intended start, the words of an error) stays behind.
 */
import type { Operation, OperationType } from '../../../harness/history/index.ts';
import type { Calls } from '../calls.ts';

/** The client operations on some of the keys, in the order of the history. */
export interface Shard {
  /** Position in the shard → position in the history. */
  readonly positions: Int32Array<ArrayBuffer>;
  readonly indexes: Float64Array<ArrayBuffer>;
  readonly times: Float64Array<ArrayBuffer>;
  readonly processes: Float64Array<ArrayBuffer>;
  readonly types: Uint8Array<ArrayBuffer>;
  /** Numbers in `functions`. */
  readonly fs: Int32Array<ArrayBuffer>;
  readonly functions: readonly string[];
  /** Numbers in `names`, -1 where the operation says none. */
  readonly keys: Int32Array<ArrayBuffer>;
  readonly names: readonly string[];
  readonly values: readonly unknown[];
  /** Codes by position in the shard. */
  readonly errors: ReadonlyMap<number, string>;
}

const types: readonly OperationType[] = ['invoke', 'ok', 'fail', 'info'];
const typeNumbers: Readonly<Record<OperationType, number>> = { invoke: 0, ok: 1, fail: 2, info: 3 };

/** At most `most` shards of about the same size; none is empty. */
export function dealKeys(operations: readonly Operation[], calls: Calls, most: number): readonly Shard[] {
  const { callKeys, names, sizes } = keysOf(operations, calls);
  const shardOfKey = dealt(sizes, most);
  const drafts: Draft[] = [];
  const localKey = new Int32Array(names.length);
  for (const [key, name] of names.entries()) {
    const at = shardOfKey[key] as number;
    drafts[at] ??= { size: 0, names: [] };
    const draft = drafts[at];
    draft.size += sizes[key] as number;
    localKey[key] = draft.names.push(name ?? '') - 1;
  }
  const functionNumbers = new Map<string, number>();
  const functions: string[] = [];
  const filling = drafts.map(({ size, names: own }) => emptyShard(size, own, functions));
  for (let position = 0; position < operations.length; position++) {
    const call = calls.callAt[position] as number;
    if (call === -1) continue;
    const key = callKeys[call] as number;
    const shard = filling[shardOfKey[key] as number] as Filling;
    const operation = operations[position] as Operation;
    let f = functionNumbers.get(operation.f);
    if (f === undefined) {
      f = functions.push(operation.f) - 1;
      functionNumbers.set(operation.f, f);
    }
    const at = shard.values.push(operation.value) - 1;
    shard.positions[at] = position;
    shard.indexes[at] = operation.index;
    shard.times[at] = operation.time;
    shard.processes[at] = Number(operation.process);
    shard.types[at] = typeNumbers[operation.type];
    shard.fs[at] = f;
    shard.keys[at] = operation.key === undefined ? -1 : (localKey[key] as number);
    if (operation.error !== undefined) shard.errors.set(at, operation.error.code);
  }
  return filling;
}

interface Draft {
  size: number;
  readonly names: string[];
}

type Filling = Shard & { readonly values: unknown[]; readonly errors: Map<number, string> };

function emptyShard(size: number, names: readonly string[], functions: readonly string[]): Filling {
  return {
    positions: new Int32Array(size),
    indexes: new Float64Array(size),
    times: new Float64Array(size),
    processes: new Float64Array(size),
    types: new Uint8Array(size),
    fs: new Int32Array(size),
    functions,
    keys: new Int32Array(size),
    names,
    values: [],
    errors: new Map(),
  };
}

function keysOf(operations: readonly Operation[], calls: Calls) {
  const numbers = new Map<string | undefined, number>();
  const names: (string | undefined)[] = [];
  const sizes: number[] = [];
  const callKeys = new Int32Array(calls.count);
  for (let call = 0; call < calls.count; call++) {
    const end = calls.completions[call] as number;
    const completion = end === -1 ? undefined : operations[end];
    const name = operations[calls.invocations[call] as number]?.key ?? completion?.key;
    let key = numbers.get(name);
    if (key === undefined) {
      key = names.push(name) - 1;
      numbers.set(name, key);
      sizes.push(0);
    }
    callKeys[call] = key;
    sizes[key] = (sizes[key] as number) + (completion === undefined ? 1 : 2);
  }
  return { callKeys, names, sizes };
}

/** Key → shard: the largest first, each to where there is least so far. */
function dealt(sizes: readonly number[], most: number): Int32Array {
  const shards = new Int32Array(sizes.length);
  const loads = new Array<number>(Math.min(most, sizes.length)).fill(0);
  const bySize = Int32Array.from(sizes.keys()).sort((a, b) => (sizes[b] as number) - (sizes[a] as number) || a - b);
  for (const key of bySize) {
    const least = loads.indexOf(Math.min(...loads));
    shards[key] = least;
    loads[least] = (loads[least] as number) + (sizes[key] as number);
  }
  return shards;
}

export function* operationsOf(shard: Shard): Generator<Operation> {
  for (let at = 0; at < shard.positions.length; at++) {
    const key = shard.keys[at] as number;
    const code = shard.errors.get(at);
    yield {
      index: shard.indexes[at] as number,
      time: shard.times[at] as number,
      process: shard.processes[at] as number,
      type: types[shard.types[at] as number] as OperationType,
      f: shard.functions[shard.fs[at] as number] as string,
      value: shard.values[at],
      ...(key === -1 ? {} : { key: shard.names[key] as string }),
      ...(code === undefined ? {} : { error: { code, message: code } }),
    };
  }
}

export function buffersOf(shard: Shard): readonly ArrayBuffer[] {
  const { positions, indexes, times, processes, types: kinds, fs, keys } = shard;
  return [positions, indexes, times, processes, kinds, fs, keys].map(({ buffer }) => buffer);
}
