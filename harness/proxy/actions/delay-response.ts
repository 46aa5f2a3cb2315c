import type { Effect } from './effect.ts';

/** Latency on the way back, counted from the response's first byte. */
export const delayResponse: Effect = {
  stage: 'response',
  applies: (action) => action.delayResponseMs !== undefined,
  pass: async (action, wait) => {
    await wait(action.delayResponseMs ?? 0);
    return 'pass';
  },
};
