/**
 * One run, from deployment to report:
 * deploy → healthy → warm-up → clean window → faults → heal → clean window → quiesce → final reads → collect → tear down → decide → report.
 */
export { InfrastructureError } from '../infrastructure-error.ts';
export { type RunResult, runTest } from './run-test.ts';
export { scheduled } from './scheduled.ts';
