/** What several checkers need to read evidence: calls joined from operations, fields of untrusted values, findings counted by clause. */
export { pairCalls, type Call } from './calls.ts';
export { field, numberField, stringField } from './fields.ts';
export { groupBy } from './group-by.ts';
export { collectFindings, invalidResult, type Findings } from './findings.ts';
export { concernsOrders, itemsOf, operationIndexes, orderCalls, quantitiesBySku, type OrderCall } from './orders.ts';
export { mayMove, reachable, terminalStatuses } from './order-states.ts';
