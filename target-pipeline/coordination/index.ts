/** Leader election by lease, fencing tokens, and the term that carries both. */
export { type ElectionRules, electionRules } from './election-rules.ts';
export { Elector } from './elector.ts';
export { leaseTiming } from './lease.ts';
export { Term } from './term.ts';
