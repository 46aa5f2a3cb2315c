/** Linearizability: does one order of the operations, consistent with real time, explain every result? */
export { allowedResults } from './allowed-results.ts';
export { checkLinearizable } from './check.ts';
export { linearizableChecker, registerOperations } from './checker.ts';
export { checkLinearizableInParallel, type ParallelOptions } from './parallel/index.ts';
export type * from './result.ts';
