import type { Bug } from './bug.ts';

export const leaseWallClock: Bug = {
  name: 'lease-wall-clock',
  description:
    'A lease is counted by the wall clock, so a holder whose clock has fallen behind goes on leading when another has taken over.',
  // The clock of whoever leads nearly stands still for long, and meanwhile it is cut off and replaced.
  nemesis: 'clock-skew:targets=leaders:offsetMs=0:wallRate=0.02:durationMs=14000,partition:targets=leaders:durationMs=7000',
  workload: 'orders',
  settings: { time: '50' },
  caughtBy: 'fencing',
  apply: (components) => ({
    ...components,
    electionRules: { ...components.electionRules, leaseNowMs: (clock) => clock.wallMs() },
  }),
};
