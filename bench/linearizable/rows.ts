/** The rows of the table: histories, and how fast they have to be decided on a machine with two cores. */
import type { ModelName } from '../../checkers/models/index.ts';
import type { HistoryShape, Workload } from './histories.ts';

export interface Row {
  readonly name: string;
  readonly model: ModelName;
  readonly barMs: number;
  /** For the process as a whole, the history included. */
  readonly barMegabytes?: number;
  /** For each file. */
  readonly barSlowestMs?: number;
  readonly source: { readonly shape: HistoryShape } | { readonly corpus: string; readonly matching: RegExp };
}

const models: Record<Workload, ModelName> = {
  'cas-register': 'cas-register',
  'unique-register': 'register',
  'fifo-queue': 'fifo-queue',
  stack: 'stack',
};

interface Bars {
  readonly ms: number;
  readonly megabytes?: number;
}

function generated(shape: Omit<HistoryShape, 'seed'>, { ms, megabytes }: Bars): Row {
  const { workload, keys, clients, operations, staleReadAt } = shape;
  const name = `${workload}, ${keys} key${keys === 1 ? '' : 's'}, ${clients} clients, ${operations} operations${staleReadAt === undefined ? '' : ', stale read'}`;
  return {
    name,
    model: models[workload],
    barMs: ms,
    ...(megabytes === undefined ? {} : { barMegabytes: megabytes }),
    source: { shape: { ...shape, seed: 1 } },
  };
}

const registers: readonly (readonly [Workload, keys: number, clients: number, operations: number, barMs: number, barMegabytes?: number])[] =
  [
    ['cas-register', 1, 10, 100_000, 300, 250],
    ['cas-register', 1, 30, 10_000, 100],
    ['cas-register', 1, 100, 10_000, 3_000],
    ['unique-register', 1, 10, 100_000, 150],
    ['unique-register', 1, 30, 10_000, 30],
    ['unique-register', 1, 100, 10_000, 30],
    ['cas-register', 10, 100, 100_000, 400],
    ['cas-register', 1, 10, 1_000_000, 2_500, 800],
    ['unique-register', 1, 10, 1_000_000, 800],
    ['cas-register', 10, 5, 1_000_000, 2_000],
    ['unique-register', 1_000, 100, 1_000_000, 1_000],
  ];

/** Valid ones, and the same with one read near the end that returns what was overwritten before it began. */
const registerRows = [undefined, 0.9].flatMap((staleReadAt) =>
  registers.map(([workload, keys, clients, operations, ms, megabytes]) =>
    generated(
      { workload, keys, clients, operations, ...(staleReadAt === undefined ? {} : { staleReadAt }) },
      { ms, ...(megabytes === undefined ? {} : { megabytes }) },
    ),
  ),
);

export const rows: readonly Row[] = [
  { name: 'etcd logs, 50 histories', model: 'cas-register', barMs: 60, barSlowestMs: 20, source: { corpus: 'etcd', matching: /\.log$/ } },
  { name: 'key-value, 50 clients, partitioned', model: 'key-value', barMs: 40, source: { corpus: 'kv', matching: /^c50/ } },
  { name: 'key-value, 10 clients, unpartitioned', model: 'key-value-store', barMs: 500, source: { corpus: 'kv', matching: /^c10/ } },
  ...registerRows,
  generated({ workload: 'fifo-queue', keys: 1, clients: 10, operations: 1_000_000 }, { ms: 3_000 }),
  generated({ workload: 'stack', keys: 1, clients: 10, operations: 1_000_000 }, { ms: 6_000 }),
];

/** How cost grows: no bars, from a thousand operations to a million. */
export const growth: readonly Row[] = (['cas-register', 'unique-register', 'fifo-queue', 'stack'] as const).flatMap((workload) =>
  [1_000, 10_000, 100_000, 1_000_000].map((operations) =>
    generated({ workload, keys: 1, clients: 10, operations }, { ms: Number.POSITIVE_INFINITY }),
  ),
);
