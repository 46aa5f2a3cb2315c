/** Checkers: pure functions of a history and evidence to a verdict. */
export type { Checker, CheckLimits } from './checker.ts';
export { type ComposedVerdict, composeVerdict } from './compose.ts';
export type * from './linearizable/index.ts';
export { allowedResults, checkLinearizable, checkLinearizableInParallel, linearizableChecker } from './linearizable/index.ts';
export type { Call, Model, ModelName } from './models/index.ts';
export { modelNamed, models } from './models/index.ts';
