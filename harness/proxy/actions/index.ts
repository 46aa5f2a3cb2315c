/**
 * What faults can do to a call, one file each. Effects of one stage are passed one after the other, in the order listed here.
 */
import type { FaultAction } from '../types.ts';
import { delayRequest } from './delay-request.ts';
import { delayResponse } from './delay-response.ts';
import type { Effect, Wait } from './effect.ts';
import { hold } from './hold.ts';

export type { Wait } from './effect.ts';

const effects: readonly Effect[] = [hold, delayRequest, delayResponse];

/** What the message has to wait for at this stage; `undefined` when nothing keeps it, which is nearly always. */
export function barrier(stage: Effect['stage'], action: FaultAction | undefined, wait: Wait): Promise<void> | undefined {
  if (action === undefined) return undefined;
  const applicable = effects.filter((effect) => effect.stage === stage && effect.applies(action));
  return applicable.length === 0 ? undefined : passAll(applicable, action, wait);
}

async function passAll(applicable: readonly Effect[], action: FaultAction, wait: Wait): Promise<void> {
  for (const effect of applicable) await effect.pass(action, wait);
}
