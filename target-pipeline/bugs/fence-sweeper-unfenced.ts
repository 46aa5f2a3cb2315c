import type { Admission, Bug } from './bug.ts';

/** Orders that have come to their end, which a leader sweeps from what is unfinished: its last two writes to each. */
const ends: ReadonlySet<unknown> = new Set(['CONFIRMED', 'REJECTED', 'CANCELLED']);

function isSweep({ key, envelope }: Admission): boolean {
  const { status } = (envelope?.value ?? {}) as { readonly status?: unknown };
  return key.startsWith('order/') && ends.has(status);
}

export const fenceSweeperUnfenced: Bug = {
  name: 'fence-sweeper-unfenced',
  description: 'Replicas check every write but those with which finished orders are swept away: a deposed leader still does that.',
  nemesis: 'pause-leader:heldKeys=12',
  workload: 'orders',
  settings: { time: '50' },
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
