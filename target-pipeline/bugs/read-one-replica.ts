/**
 * A read asks whoever answers first, and that one may be behind. etcd and Consul served such reads by default ("Call me maybe: etcd and
 * Consul", Jepsen 2014), and so did Elasticsearch and MongoDB's secondaries.
 */
import type { Bug } from './bug.ts';

export const readOneReplica: Bug = {
  name: 'read-one-replica',
  description: 'A read returns what the first replica to answer holds.',
  nemesis: 'latency:to=replica:jitterMs=400:durationMs=10000',
  workload: 'registers',
  caughtBy: 'linearizable',
  apply: (components) => ({ ...components, proposerRules: { ...components.proposerRules, readable: (seen) => seen[0] } }),
};
