import type { Bug } from './bug.ts';

export const fenceTokenNotPersisted: Bug = {
  name: 'fence-token-not-persisted',
  description: 'A replica keeps the highest fencing token in memory only, so a restart forgets it.',
  nemesis: 'pause-leader:restartReplicas=true',
  workload: 'orders',
  caughtBy: 'fencing',
  apply: (components) => ({ ...components, acceptorRules: { ...components.acceptorRules, persistsFence: false } }),
};
