import type { Effect } from './effect.ts';

/** Latency on the way to the callee. */
export const delayRequest: Effect = {
  stage: 'request',
  applies: (action) => action.delayRequestMs !== undefined,
  pass: async (action, wait) => {
    await wait(action.delayRequestMs ?? 0);
    return 'pass';
  },
};
