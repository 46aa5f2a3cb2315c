/** What several checkers need to read evidence: calls joined from operations, fields of untrusted values, findings counted by clause. */
export { type Call, pairCalls } from './calls.ts';
export { callsByKey, mayHaveHappened, ofKey } from './calls-of.ts';
export {
  copiedKeys,
  type EffectCall,
  effectCalls,
  isCopy,
  isFinalAnswer,
  mayHaveRun,
  operationOf,
  stepName,
  wasDelivered,
} from './effects.ts';
export { field, numberField, stringField } from './fields.ts';
export { collectFindings, type Findings, invalidResult } from './findings.ts';
export { groupBy } from './group-by.ts';
export { mayMove, reachable, terminalStatuses } from './order-states.ts';
export { concernsOrders, itemsOf, type OrderCall, operationIndexes, orderCalls, quantitiesBySku } from './orders.ts';
export { createDurationCounter, type DurationCounter, type Quantiles } from './quantiles.ts';
