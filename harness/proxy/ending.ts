/**
 * When a call has ended, how, and what comes after it: the next call on the connection, or leave of the caller.
 */
import type { TrafficRecord } from '../history/index.ts';
import { withholdsResponse } from './actions/index.ts';
import type { Call } from './call.ts';
import type { Departure } from './callee-link.ts';

export interface Ending {
  readonly outcome: TrafficRecord['outcome'];
  /** How the caller is left; absent: the connection goes on to the next call. */
  readonly leave?: Departure;
}

/** `undefined` while something may still happen to the call. `calleeLeft` says how, once the callee's connection is closed. */
export function endingOf(call: Call, calleeLeft: Departure | undefined): Ending | undefined {
  if (!call.begun || call.inbound.bytes > 0) return undefined;
  const isComplete = call.response.state === 'complete';
  if (withholdsResponse(call.action)) return withheldEnding(call, calleeLeft);
  if (calleeLeft === undefined && (!isComplete || call.forwardedAt === undefined)) return undefined;
  const outcome = call.callerLeft ? 'caller-closed' : isComplete ? 'completed' : 'callee-closed';
  return calleeLeft === undefined ? { outcome } : { outcome, leave: isComplete ? 'end' : calleeLeft };
}

/** The caller gets none of the response, so nothing that it was told can be joined to what follows: this call is the connection's last. */
function withheldEnding(call: Call, calleeLeft: Departure | undefined): Ending | undefined {
  const { state } = call.response;
  const isKnown = state === 'complete' ? call.forwardedAt !== undefined : state === 'malformed';
  if (calleeLeft === undefined && !isKnown) return undefined;
  if (call.callerLeft) return { outcome: 'caller-closed', leave: 'reset' };
  // To a caller that hears nothing it makes no difference what became of its call.
  if (call.action?.silence !== undefined) return undefined;
  return state === 'complete' ? { outcome: 'dropped', leave: 'reset' } : { outcome: 'callee-closed', leave: calleeLeft ?? 'reset' };
}
