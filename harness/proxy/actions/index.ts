/**
 * What faults can do to a call, one file each. Effects of one stage are passed one after the other, in the order listed here, until one of
 * them ends the journey.
 */
import type { FaultAction } from '../types.ts';
import { delayRequest } from './delay-request.ts';
import { delayResponse } from './delay-response.ts';
import type { Effect, Passage, Wait } from './effect.ts';
import { hold } from './hold.ts';
import { refuse } from './refuse.ts';
import { respondWith } from './respond-with.ts';
import { silenceRequest } from './silence.ts';
import { transferRequest, transferResponse } from './transfer.ts';

export { withholdsResponse } from './drop-response.ts';
export { copiedBody, copyRequest } from './duplicate.ts';
export type { Passage, Wait } from './effect.ts';
export { responseBytes } from './respond-with.ts';
export { silenceEnds } from './silence.ts';

const waits: readonly Effect[] = [hold, delayRequest, transferRequest, delayResponse, transferResponse];
/** After these the request goes nowhere. */
const ends: readonly Effect[] = [silenceRequest, refuse, respondWith];
const effects: readonly Effect[] = [...waits, ...ends];

/** What the message has to wait for at this stage; `undefined` when nothing keeps it, which is nearly always. */
export function barrier(
  stage: Effect['stage'],
  action: FaultAction | undefined,
  wait: Wait,
  bytes: Promise<number>,
): Promise<Passage> | undefined {
  if (action === undefined) return undefined;
  const applicable = effects.filter((effect) => effect.stage === stage && effect.applies(action));
  return applicable.length === 0 ? undefined : passAll(applicable, action, wait, bytes);
}

/** The callee never gets this request, so there is no point in keeping its bytes. */
export function withholdsRequest(action: FaultAction | undefined): boolean {
  return action !== undefined && ends.some((effect) => effect.applies(action));
}

async function passAll(applicable: readonly Effect[], action: FaultAction, wait: Wait, bytes: Promise<number>): Promise<Passage> {
  for (const effect of applicable) {
    const passage = await effect.pass(action, wait, bytes);
    if (passage !== 'pass') return passage;
  }
  return 'pass';
}
