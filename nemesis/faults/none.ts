import type { Nemesis } from '../nemesis.ts';

/** The control run: load, and no fault. */
export const none: Nemesis = {
  name: 'none',
  description: 'No fault: the control run.',
  provenBy: 'nothing to prove',
  options: {},
  colour: '#888888',
  typicalDurationMs: () => 0,
  inject: () => Promise.reject(new Error('the nemesis `none` has nothing to inject and is never scheduled')),
};
