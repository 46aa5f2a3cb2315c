import type { Effect } from './effect.ts';

/** Keeps a request until somebody lets it go: the late write of a leader that was deposed in the meantime. */
export const hold: Effect = {
  stage: 'request',
  applies: (action) => action.holdUntil !== undefined,
  pass: async (action) => {
    // However the promise settles, the hold is over: a nemesis that failed must not swallow a request.
    await Promise.allSettled([action.holdUntil]);
    return 'pass';
  },
};
