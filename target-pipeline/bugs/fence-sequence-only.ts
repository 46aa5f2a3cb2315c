import type { Ballot } from '../store/index.ts';
import type { Bug } from './bug.ts';

const sequence = (ballot: Ballot | null): number => ballot?.[1] ?? 0;

export const fenceSequenceOnly: Bug = {
  name: 'fence-sequence-only',
  description:
    'Replicas order versions by sequence number alone, without token or promise: the last writer with the longer sequence wins, even over a write that was acknowledged.',
  nemesis: 'latency:to=replica:jitterMs=400:durationMs=10000',
  workload: 'registers',
  caughtBy: 'linearizable',
  apply: (components) => ({
    ...components,
    acceptorRules: {
      ...components.acceptorRules,
      promises: () => true,
      accepts: (ballot, _promised, accepted) => sequence(ballot) > sequence(accepted),
    },
  }),
};
