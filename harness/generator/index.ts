/**
 * Generators: what clients and the nemesis do next, as pure values. `types.ts` explains the protocol.
 */
export { type ArrivalOptions, delay, stagger } from './arrivals.ts';
export { any, mix, type Weighted } from './choice.ts';
export { Interpreter, type InterpreterOptions, type Step } from './interpreter.ts';
export { assign, generate, log, once, sleep, unfold, type Unfolding } from './leaves.ts';
export { filter, limit, map, timeLimit } from './limits.ts';
export { perKey, type PerKeyOptions } from './per-key.ts';
export { createRandom, type Random, type Seed } from './random.ts';
export { clients, eachProcess, nemesis, onWorkers, reserve } from './routing.ts';
export { andThen, concat, cycle, flipFlop, phases, repeat, synchronize, untilOk } from './sequence.ts';
export { type SimulatedCompletion, simulate, type SimulateOptions, type Simulation } from './simulate.ts';
export {
  done,
  type Generator,
  type GeneratorContext,
  type GeneratorNote,
  type GeneratorResult,
  type Invocation,
  nothing,
  nsPerMs,
  type OperationTemplate,
  pending,
  restrict,
  workerOf,
  wrapNext,
} from './types.ts';
