/** Linearizability: does one order of the operations, consistent with real time, explain every result? */
export { checkLinearizable } from './check.ts';
export { asCheckResult, linearizableChecker } from './checker.ts';
export type * from './result.ts';
