import type { Ballot } from '../store/index.ts';
import type { Bug } from './bug.ts';

const sequence = (ballot: Ballot | null): number => ballot?.[1] ?? 0;

export const fenceSequenceOnly: Bug = {
  name: 'fence-sequence-only',
  description:
    'Replicas order versions by sequence number alone, without the token: last writer wins, so a stale write on a replica that was not fenced yet hides its successor.',
  nemesis: 'pause-leader:straggler=true',
  workload: 'orders',
  caughtBy: 'fencing',
  apply: (components) => ({
    ...components,
    acceptorRules: {
      ...components.acceptorRules,
      promises: () => true,
      accepts: (ballot, _promised, accepted) => sequence(ballot) > sequence(accepted),
    },
  }),
};
