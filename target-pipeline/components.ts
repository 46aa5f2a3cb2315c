/**
 * The replaceable parts of a node. A seeded bug is a function from these to these, applied once at the composition root, so that no
 * service knows of bugs.
 */

import { type ElectionRules, electionRules } from './coordination/index.ts';
import { acknowledgeAfterwards, type TakeBatch } from './events/consumer.ts';
import { createHybridLogicalClock } from './events/hybrid-logical-clock.ts';
import { type KeyGuard, type KeyOfAttempt, plannedKey, type RetryLayer, refuseWhileInFlight, retryLayer } from './resilience/index.ts';
import type { Disk, Timers } from './runtime/port.ts';
import { type ClassifyCall, classifyCall, type SagaRules, sagaRules } from './saga/index.ts';
import { type ReleaseStock, type ReserveStock, releaseInOneChange, reserveInOneChange } from './services/inventory/holding.ts';
import { commit, type Sell } from './services/inventory/stock.ts';
import { type ReadOrder, readFromQuorum } from './services/order/reading.ts';
import { type MoveMoney, moveInOneChange } from './services/payment/paying.ts';
import { type AcceptorRules, acceptorRules, type ProposerRules, proposerRules, type QuorumSizes, quorumProblem } from './store/index.ts';

export interface Components {
  /** The disk that a replica keeps its log on, given the node's. */
  readonly replicaDisk: (disk: Disk, timers: Timers) => Disk;
  readonly acceptorRules: AcceptorRules;
  readonly electionRules: ElectionRules;
  /** The quorum sizes to use, given those configured. Throws when they can't be used. */
  readonly chooseQuorum: (configured: QuorumSizes, replicas: number) => QuorumSizes;
  readonly proposerRules: ProposerRules;
  readonly createClock: typeof createHybridLogicalClock;
  readonly retryLayer: RetryLayer;
  readonly classifyCall: ClassifyCall;
  readonly sagaRules: SagaRules;
  readonly keyOfAttempt: KeyOfAttempt;
  readonly guardKeys: (retryAfterSeconds: number) => KeyGuard;
  readonly moveMoney: MoveMoney;
  readonly reserveStock: ReserveStock;
  readonly releaseStock: ReleaseStock;
  readonly sell: Sell;
  readonly takeBatch: TakeBatch;
  readonly readOrder: ReadOrder;
}

export class QuorumError extends Error {
  override readonly name = 'QuorumError';
}

export const components: Components = {
  replicaDisk: (disk) => disk,
  acceptorRules,
  electionRules,
  chooseQuorum(configured, replicas) {
    const problem = quorumProblem(configured, replicas);
    if (problem !== undefined) throw new QuorumError(problem);
    return configured;
  },
  proposerRules,
  createClock: createHybridLogicalClock,
  retryLayer,
  classifyCall,
  sagaRules,
  keyOfAttempt: plannedKey,
  guardKeys: refuseWhileInFlight,
  moveMoney: moveInOneChange,
  reserveStock: reserveInOneChange,
  releaseStock: releaseInOneChange,
  sell: commit,
  takeBatch: acknowledgeAfterwards,
  readOrder: readFromQuorum,
};
