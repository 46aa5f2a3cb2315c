/**
 * Stamps come from the wall clock alone, and one node's clock is behind: what it does seems to come before its cause. Cassandra lost
 * acknowledged writes to clocks in this way (Kingsbury, "The trouble with timestamps", 2013).
 */
import { createHybridLogicalClock } from '../events/hybrid-logical-clock.ts';
import type { Bug } from './bug.ts';

const behindMs = 400;

export const stampsByWallClock: Bug = {
  name: 'stamps-by-wall-clock',
  description: `Stamps take no heed of stamps received, and the clocks of the payment nodes are ${behindMs} ms behind.`,
  nemesis: 'none',
  workload: 'orders',
  caughtBy: 'causal',
  apply: (components, node) => ({
    ...components,
    createClock(options) {
      const wallMs = node.startsWith('payment') ? () => options.wallMs() - behindMs : options.wallMs;
      const clock = createHybridLogicalClock({ ...options, wallMs });
      return { now: () => clock.now(), receive: () => clock.now() };
    },
  }),
};
