import type { FaultAction } from '../types.ts';
import type { Effect } from './effect.ts';

/** Swallows requests: a cut that is noticed only by the silence. Once it heals, the connection turns out to be broken. */
export const silenceRequest: Effect = {
  stage: 'request',
  applies: (action) => action.silence?.of === 'request',
  pass: async (action) => {
    await silenceEnds(action);
    return 'reset';
  },
};

/** Settles once nobody keeps the silence any longer, whether that was meant or the nemesis failed. Never for a call without one. */
export async function silenceEnds(action: FaultAction): Promise<void> {
  await Promise.allSettled([action.silence?.until ?? new Promise<void>(() => undefined)]);
}
