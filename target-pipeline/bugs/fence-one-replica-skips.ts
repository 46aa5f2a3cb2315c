import type { Bug } from './bug.ts';

const forgetfulReplica = 'replica-2';

export const fenceOneReplicaSkips: Bug = {
  name: 'fence-one-replica-skips',
  description: `One replica (${forgetfulReplica}) doesn't check fencing tokens.`,
  nemesis: 'pause-leader',
  workload: 'orders',
  caughtBy: 'fencing',
  apply: (components, node) =>
    node === forgetfulReplica ? { ...components, acceptorRules: { ...components.acceptorRules, admits: () => true } } : components,
};
