/**
 * Histories for benchmarks, of clients on a correct object. At every step a random client does what comes next for it: call, take effect,
 * or return; so that two thirds of the clients have an operation open at any time. Everything follows from the seed.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Operation, OperationType } from '../../harness/history/index.ts';

export type Workload = 'cas-register' | 'unique-register' | 'fifo-queue' | 'stack';

export interface HistoryShape {
  readonly workload: Workload;
  readonly keys: number;
  readonly clients: number;
  /** Invocations in total. */
  readonly operations: number;
  readonly seed: number;
  /** How many different values a cas-register takes (default 5). */
  readonly values?: number;
  /** The part of answers that are lost, from 0 (the default) to 1. A lost call took effect all the same. */
  readonly lost?: number;
  /** A read that returns a value overwritten long before, at this fraction of the history. */
  readonly staleReadAt?: number;
}

interface BusyClient {
  process: number;
  f: string;
  key: number;
  input: unknown;
  /** Between calls, called, or how the call will end once it has taken effect. */
  phase: 'idle' | 'called' | { readonly type: OperationType; readonly value: unknown };
}

/** The object the clients use: applies a call and says how it ends. */
interface Store {
  invent(): { readonly f: string; readonly input: unknown };
  apply(client: BusyClient): { readonly type: OperationType; readonly value: unknown };
  /** The call of this client begins now; and its answer has been given. */
  invoked?(client: BusyClient): void;
  answered?(client: BusyClient): void;
  /** A value that no read begun when this client's was can return any more; `undefined` when there is none. */
  stale?(client: BusyClient): unknown;
}

export function* generateHistory(shape: HistoryShape): Generator<Operation> {
  const random = xoroshiro128plus(shape.seed);
  const below = (bound: number): number => uniformInt(random, 0, bound - 1);
  const store = stores[shape.workload](shape, below);
  const keys = Array.from({ length: shape.keys }, (_, key) => `key-${key}`);
  let index = 0;
  let started = 0;
  let stalePlanted = shape.staleReadAt === undefined;
  let time = 0;
  const record = (client: BusyClient, type: OperationType, value: unknown): Operation => {
    time += 1 + below(1_000);
    if (keys.length === 1) return { index: index++, time, process: client.process, type, f: client.f, value };
    return { index: index++, time, process: client.process, type, f: client.f, value, key: keys[client.key] as string };
  };
  const invoke = (client: BusyClient): Operation => {
    started++;
    const { f, input } = store.invent();
    client.f = f;
    client.input = input;
    client.key = below(shape.keys);
    client.phase = 'called';
    store.invoked?.(client);
    return record(client, 'invoke', input);
  };
  const clients: BusyClient[] = Array.from({ length: shape.clients }, (_, process) => ({
    process,
    f: '',
    key: 0,
    input: null,
    phase: 'idle',
  }));
  while (clients.length > 0) {
    const at = below(clients.length);
    const client = clients[at] as BusyClient;
    if (client.phase === 'idle') {
      if (started < shape.operations) yield invoke(client);
      else clients.splice(at, 1);
    } else if (client.phase === 'called') client.phase = store.apply(client);
    else {
      let { type, value } = client.phase;
      if (!stalePlanted && client.f === 'read' && started >= shape.operations * (shape.staleReadAt ?? 0)) {
        const old = store.stale?.(client);
        if (old !== undefined) {
          stalePlanted = true;
          type = 'ok';
          value = old;
        }
      }
      client.phase = 'idle';
      if (shape.lost !== undefined && below(LOST_PARTS) < shape.lost * LOST_PARTS) {
        yield record(client, 'info', null);
        client.process += shape.clients;
        continue;
      }
      store.answered?.(client);
      yield record(client, type, value);
    }
  }
}

export const isWorkload = (name: string): name is Workload => Object.hasOwn(stores, name);

const VALUES = 5;
const LOST_PARTS = 1_000_000;

type Below = (bound: number) => number;

const stores: Record<Workload, (shape: HistoryShape, below: Below) => Store> = {
  'cas-register': (shape, below) => {
    const values = new Array<number | null>(shape.keys).fill(null);
    const range = shape.values ?? VALUES;
    return {
      invent() {
        const f = (['read', 'write', 'cas'] as const)[below(3)] as string;
        return { f, input: f === 'read' ? null : f === 'write' ? below(range) : [below(range), below(range)] };
      },
      apply({ f, key, input }) {
        if (f === 'read') return { type: 'ok', value: values[key] };
        if (f === 'write') {
          values[key] = input as number;
          return { type: 'ok', value: input };
        }
        const [expected, next] = input as [number, number];
        if (values[key] !== expected) return { type: 'fail', value: input };
        values[key] = next;
        return { type: 'ok', value: input };
      },
      // With so few values, only one that nobody writes is certain to be wrong at any time.
      stale: () => range,
    };
  },
  'unique-register': (shape, below) => {
    const values: (number | null)[][] = Array.from({ length: shape.keys }, () => [null]);
    /** By key: the place of a value whose write has returned; and of one that returned before a write began that has returned as well. */
    const settled = new Int32Array(shape.keys);
    const overwritten = new Int32Array(shape.keys);
    /** By client: the place of the value it wrote, and what these two were when its call began. */
    const written = new Map<BusyClient, number>();
    const before = new Map<BusyClient, { readonly settled: number; readonly overwritten: number }>();
    let next = 0;
    return {
      invent: () => (below(2) === 0 ? { f: 'read', input: null } : { f: 'write', input: next++ }),
      apply(client) {
        const { f, key, input } = client;
        const past = values[key] as (number | null)[];
        if (f === 'write') written.set(client, past.push(input as number) - 1);
        return { type: 'ok', value: past.at(-1) };
      },
      invoked: (client) =>
        void before.set(client, { settled: settled[client.key] as number, overwritten: overwritten[client.key] as number }),
      answered(client) {
        if (client.f !== 'write') return;
        const { key } = client;
        settled[key] = Math.max(settled[key] as number, written.get(client) ?? 0);
        overwritten[key] = Math.max(overwritten[key] as number, before.get(client)?.settled ?? 0);
      },
      stale(client) {
        const place = before.get(client)?.overwritten ?? 0;
        return place > 0 ? (values[client.key] as (number | null)[])[place] : undefined;
      },
    };
  },
  'fifo-queue': (_, below) => collection('enqueue', 'dequeue', below, 'first'),
  stack: (_, below) => collection('push', 'pop', below, 'last'),
};

function collection(insert: string, remove: string, below: Below, end: 'first' | 'last'): Store {
  const values: number[] = [];
  let head = 0;
  let next = 0;
  return {
    invent: () => (below(2) === 0 ? { f: insert, input: next++ } : { f: remove, input: null }),
    apply({ f, input }) {
      if (f === insert) values.push(input as number);
      else if (head === values.length) return { type: 'ok', value: null };
      else return { type: 'ok', value: end === 'last' ? values.pop() : values[head++] };
      return { type: 'ok', value: input };
    },
  };
}
