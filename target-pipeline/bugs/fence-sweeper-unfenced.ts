import type { Admission, Bug } from './bug.ts';

/** The last write of an order, with which its leader sweeps it from the list of what is unfinished. */
const isSweep = ({ key, envelope }: Admission): boolean => key.startsWith('order/') && envelope?.open === false;

export const fenceSweeperUnfenced: Bug = {
  name: 'fence-sweeper-unfenced',
  description: 'Replicas check every write but those that sweep finished orders away: a deposed leader still does that.',
  nemesis: 'pause-leader:heldKeys=12',
  workload: 'orders',
  caughtBy: 'fencing',
  apply: (components) => {
    const { admits, accepts } = components.acceptorRules;
    return {
      ...components,
      acceptorRules: {
        ...components.acceptorRules,
        admits: (token, highest, request) => isSweep(request) || admits(token, highest, request),
        accepts: (ballot, promised, accepted, request) => isSweep(request) || accepts(ballot, promised, accepted, request),
      },
    };
  },
};
