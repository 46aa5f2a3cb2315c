/**
 * The replaceable parts of a node. A seeded bug is a function from these to these, applied once at the composition root, so that no
 * service knows of bugs.
 */
import { type ClassifyCall, type Compensate, classifyCall, compensateUntilDone } from './saga/index.ts';
import { type ReserveStock, reserveInOneChange } from './services/inventory/reserving.ts';
import { type AcceptorRules, acceptorRules, type QuorumSizes, quorumProblem, type ReadStrategy } from './store/index.ts';

export interface Components {
  readonly acceptorRules: AcceptorRules;
  /** The quorum sizes to use, given those configured. Throws when they can't be used. */
  readonly chooseQuorum: (configured: QuorumSizes, replicas: number) => QuorumSizes;
  readonly readStrategy: ReadStrategy;
  readonly classifyCall: ClassifyCall;
  readonly compensate: Compensate;
  readonly reserveStock: ReserveStock;
}

export class QuorumError extends Error {
  override readonly name = 'QuorumError';
}

export const components: Components = {
  acceptorRules,
  chooseQuorum(configured, replicas) {
    const problem = quorumProblem(configured, replicas);
    if (problem !== undefined) throw new QuorumError(problem);
    return configured;
  },
  readStrategy: 'settle',
  classifyCall,
  compensate: compensateUntilDone,
  reserveStock: reserveInOneChange,
};
