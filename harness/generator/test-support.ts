/** Small things that the tests of generators share. */
import type { Operation, Process } from '../history/index.ts';
import { type SimulateOptions, type Simulation, simulate } from './simulate.ts';
import { type Generator, nsPerMs } from './types.ts';

/** Invocations as `[time ms, process, f]`. */
export function invocations(history: readonly Operation[]): [timeMs: number, process: Process, f: string][] {
  return history.filter(({ type }) => type === 'invoke').map(({ time, process, f }) => [time / nsPerMs, process, f]);
}

/** Names of the functions invoked, in order. */
export function functions(simulation: Simulation): string[] {
  return invocations(simulation.history).map(([, , f]) => f);
}

/** One process unless told otherwise, everything `ok` after 10 ms. */
export function run(generator: Generator, options: Partial<SimulateOptions> = {}): Simulation {
  return simulate({ concurrency: 1, ...options, generator });
}
