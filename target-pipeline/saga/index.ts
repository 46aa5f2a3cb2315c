/** The order saga: its record and state machine, the calls it makes, and the orchestrator that drives it. */
export { type CallResult, type ClassifyCall, classifyCall, createEffects, type StepOutcome, type Verb } from './effects.ts';
export { Orchestrator, orderKey, orderPrefix } from './orchestrator.ts';
export {
  isOpen,
  isTerminal,
  newOrder,
  type OrderRecord,
  type OrderRequest,
  type OrderStatus,
  transition,
  wasConfirmed,
} from './order-record.ts';
export { type Compensate, type FindUnfinished, type MakeTransition, type SagaRules, sagaRules } from './rules.ts';
