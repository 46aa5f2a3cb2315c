/**
 * A proposer whose accept was not answered tries again without looking whether its first attempt was carried out. jetcd retried requests
 * that weren't idempotent in just this way (Jepsen, "jetcd 0.8.2", 2024).
 */
import type { Bug } from './bug.ts';

export const retriedChangeAppliedTwice: Bug = {
  name: 'retried-change-applied-twice',
  description: 'A change that is retried does not recognize its own earlier attempt in the register, and is made once more.',
  // Enough for proposers to meet, and little enough for many of them to.
  nemesis: 'latency:to=replica:jitterMs=40:durationMs=20000',
  workload: 'unique-registers',
  caughtBy: 'linearizable',
  apply: (components) => ({ ...components, proposerRules: { ...components.proposerRules, recognizes: () => false } }),
};
