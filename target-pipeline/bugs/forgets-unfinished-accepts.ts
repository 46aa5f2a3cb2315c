/**
 * A value that only a minority is heard to hold is passed over, though it may have been chosen. Cassandra's lightweight transactions lost
 * the order of their reads and writes by not completing proposals in progress (CASSANDRA-12126); Lamport's rule is to take the newest value
 * that anyone in the quorum accepted ("Paxos Made Simple", 2001, P2c).
 */
import { compareBallots, settledValue } from '../store/index.ts';
import type { Bug } from './bug.ts';

export const forgetsUnfinishedAccepts: Bug = {
  name: 'forgets-unfinished-accepts',
  description: 'A change goes on from the older value when only one replica of its quorum holds the newer one.',
  nemesis: 'latency:to=replica:jitterMs=400:durationMs=10000',
  // A register that is overwritten as a whole hardly shows what was lost; an order, which goes from state to state, does.
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({
    ...components,
    proposerRules: {
      ...components.proposerRules,
      current: (promised, quorum) =>
        settledValue(promised, quorum) ?? promised.reduce((older, next) => (compareBallots(next.ballot, older.ballot) < 0 ? next : older)),
    },
  }),
};
