/**
 * Generators: what clients and the nemesis do next, as pure values. `types.ts` explains the protocol.
 */
export { type ArrivalOptions, delay, stagger } from './arrivals.ts';
export { any, mix, type Weighted } from './choice.ts';
export { Interpreter, type InterpreterOptions, type Step } from './interpreter.ts';
export { assign, generate, log, once, sleep, type Unfolding, unfold } from './leaves.ts';
export { filter, limit, map, timeLimit } from './limits.ts';
export { type PerKeyOptions, perKey } from './per-key.ts';
export { createRandom, type Random, type Seed } from './random.ts';
export { clients, eachProcess, nemesis, onWorkers, reserve } from './routing.ts';
export { andThen, concat, cycle, flipFlop, phases, repeat, synchronize, untilOk } from './sequence.ts';
export { type SimulatedCompletion, type SimulateOptions, type Simulation, simulate } from './simulate.ts';
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
