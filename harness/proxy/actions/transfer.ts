import type { Effect } from './effect.ts';

/** A link that carries so many bytes a second: a message is there once its last byte is. */
const transfer = (stage: Effect['stage']): Effect => ({
  stage,
  applies: (action) => action.transferMs !== undefined,
  pass: async (action, wait, bytes) => {
    const length = await bytes;
    await wait(action.transferMs?.(stage, length) ?? 0);
    return 'pass';
  },
});

export const transferRequest = transfer('request');
export const transferResponse = transfer('response');
