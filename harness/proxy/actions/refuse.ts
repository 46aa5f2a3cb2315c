import type { Effect } from './effect.ts';

/** Resets the caller's connection before anything is forwarded: a cut that is noticed at once. */
export const refuse: Effect = {
  stage: 'request',
  applies: (action) => action.refuse === true,
  pass: () => Promise.resolve('reset'),
};
