import type { Bug } from './bug.ts';

export const leaseTokenReused: Bug = {
  name: 'lease-token-reused',
  description: 'An elector counts its fencing tokens itself and from one, so a new leader has a token that was given out before.',
  nemesis: 'kill:targets=leaders',
  workload: 'orders',
  caughtBy: 'fencing',
  apply: (components) => {
    let taken = 0;
    return {
      ...components,
      electionRules: {
        ...components.electionRules,
        nextToken: () => {
          taken += 1;
          return taken;
        },
      },
    };
  },
};
