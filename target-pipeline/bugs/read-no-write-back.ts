import type { Bug } from './bug.ts';

export const readNoWriteBack: Bug = {
  name: 'read-no-write-back',
  description: 'A read returns the newest value it saw without settling it, so a later read may return an older one.',
  nemesis: 'latency:from=order-1:to=replica:requestMs=40:jitterMs=400',
  workload: 'registers',
  caughtBy: 'linearizable',
  apply: (components) => ({ ...components, readStrategy: 'newest-seen' }),
};
