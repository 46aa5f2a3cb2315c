import { newestOf } from '../store/index.ts';
import type { Bug } from './bug.ts';

export const readNoWriteBack: Bug = {
  name: 'read-no-write-back',
  description: 'A read returns the newest value it saw without settling it, so a later read may return an older one.',
  nemesis: 'latency:to=replica:kind=replica-write:jitterMs=400:durationMs=10000',
  workload: 'registers',
  caughtBy: 'linearizable',
  apply: (components) => ({
    ...components,
    proposerRules: {
      ...components.proposerRules,
      readable: (seen, quorum) => (seen.length >= quorum.read ? newestOf(seen) : undefined),
    },
  }),
};
