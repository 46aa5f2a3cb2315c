/** The rows of the table: histories, and how fast they have to be decided on a machine with two cores. */
import type { ModelName } from '../../checkers/models/index.ts';
import type { HistoryShape, Workload } from './histories.ts';

export interface Row {
  readonly name: string;
  readonly model: ModelName;
  readonly barMs: number;
  readonly source: { readonly shape: HistoryShape } | { readonly corpus: string; readonly matching: RegExp };
}

const models: Record<Workload, ModelName> = {
  'cas-register': 'cas-register',
  'unique-register': 'register',
  'fifo-queue': 'fifo-queue',
  stack: 'stack',
};

function generated(workload: Workload, keys: number, clients: number, operations: number, barMs: number, staleReadAt?: number): Row {
  const name = `${workload}, ${keys} key${keys === 1 ? '' : 's'}, ${clients} clients, ${operations} operations${staleReadAt === undefined ? '' : ', stale read'}`;
  const shape = { workload, keys, clients, operations, seed: 1, ...(staleReadAt === undefined ? {} : { staleReadAt }) };
  return { name, model: models[workload], barMs, source: { shape } };
}

const registers: readonly (readonly [Workload, keys: number, clients: number, operations: number, barMs: number])[] = [
  ['cas-register', 1, 10, 100_000, 300],
  ['cas-register', 1, 30, 10_000, 100],
  ['cas-register', 1, 100, 10_000, 3_000],
  ['unique-register', 1, 10, 100_000, 150],
  ['unique-register', 1, 30, 10_000, 30],
  ['unique-register', 1, 100, 10_000, 30],
  ['cas-register', 10, 100, 100_000, 400],
  ['cas-register', 1, 10, 1_000_000, 2_500],
  ['unique-register', 1, 10, 1_000_000, 800],
  ['cas-register', 10, 5, 1_000_000, 2_000],
  ['unique-register', 1_000, 100, 1_000_000, 1_000],
];

export const rows: readonly Row[] = [
  { name: 'etcd logs, 50 histories', model: 'cas-register', barMs: 60, source: { corpus: 'etcd', matching: /\.log$/ } },
  { name: 'key-value, 50 clients, partitioned', model: 'key-value', barMs: 40, source: { corpus: 'kv', matching: /^c50/ } },
  { name: 'key-value, 10 clients, unpartitioned', model: 'key-value-store', barMs: 500, source: { corpus: 'kv', matching: /^c10/ } },
  ...registers.map((row) => generated(...row)),
  ...registers.map((row) => generated(...row, 0.9)),
  generated('fifo-queue', 1, 10, 1_000_000, 3_000),
  generated('stack', 1, 10, 1_000_000, 6_000),
];
