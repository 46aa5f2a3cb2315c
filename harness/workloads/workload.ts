/**
 * What a workload is: which operations, how often, by which calls, and which checkers can judge them. Each workload is one file and one
 * line in `index.ts`.
 */
import type { Endpoint, RunClientsOptions, WorkloadClient } from '../client/index.ts';
import { clients, createRandom, delay, type Generator, type Seed, stagger, timeLimit } from '../generator/index.ts';

/** `poisson` and `paced` are open loops: calls come whether or not the ones before were answered. */
export type ArrivalKind = 'poisson' | 'paced' | 'closed';

export interface WorkloadDefaults {
  readonly ratePerSecond: number;
  readonly concurrency: number;
  /** After this an operation's outcome is unknown. */
  readonly opDeadlineMs: number;
}

export interface LoadOptions {
  readonly seed: Seed;
  /** How long to begin operations. */
  readonly timeMs: number;
  /** Operations a second; ignored when `arrivals` is `closed`. */
  readonly rate?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly opDeadlineMs?: number | undefined;
  /** `poisson` unless said otherwise. */
  readonly arrivals?: ArrivalKind | undefined;
  /** Arrivals that may wait for a free process; beyond these they are missed. */
  readonly backlogLimit?: number | undefined;
}

export type Load = Pick<RunClientsOptions, 'generator' | 'concurrency' | 'opDeadlineMs'>;

export interface Workload {
  readonly name: string;
  /** One sentence, for `harness list workloads`. */
  readonly description: string;
  readonly defaults: WorkloadDefaults;
  /** Names of the checkers that can judge its history. */
  readonly checkers: readonly string[];
  /** Calls with an effect that an operation makes the nodes of a role carry out, on average. */
  readonly callsPerOperation?: Readonly<Record<string, number>>;
  /** Its operations without end and without a schedule. */
  operations(seed: Seed): Generator;
  /** Its operations on a schedule, with everything `runClients` needs to know about it. */
  load(options: LoadOptions): Load;
  client(endpoints: readonly Endpoint[], seed: Seed): WorkloadClient;
}

/** Completes a workload with the schedule that all of them share. */
export function defineWorkload(workload: Omit<Workload, 'load'>): Workload {
  return { ...workload, load: (options) => loadOf(workload, options) };
}

function loadOf({ name, defaults, operations }: Omit<Workload, 'load'>, options: LoadOptions): Load {
  const { seed, arrivals = 'poisson', rate = defaults.ratePerSecond, backlogLimit } = options;
  const intervalMs = 1000 / rate;
  const backlog = backlogLimit === undefined ? {} : { backlogLimit };
  const scheduled = (): Generator => {
    switch (arrivals) {
      case 'poisson':
        return stagger(intervalMs, operations(seed), createRandom(seed, `workload/${name}/arrivals`), backlog);
      case 'paced':
        return delay(intervalMs, operations(seed), backlog);
      case 'closed':
        return operations(seed);
    }
  };
  return {
    generator: timeLimit(options.timeMs, clients(scheduled())),
    concurrency: options.concurrency ?? defaults.concurrency,
    opDeadlineMs: options.opDeadlineMs ?? defaults.opDeadlineMs,
  };
}
