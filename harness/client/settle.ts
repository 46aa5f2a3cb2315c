/**
 * One call from invocation to outcome, whatever the client does: it may answer, throw, or never settle. The result never claims more
 * than is known.
 */
import { isDefinite } from '../history/index.ts';
import type { ClientOperation, Outcome, WorkloadClient } from './types.ts';

/** How long a client may take to notice that its deadline passed, before the outcome is decided without it. */
export const abortGraceMs = 100;

/** A call under way. */
export interface Call {
  /** Takes back the call: it is told to stop and its outcome is ignored. */
  abandon(): void;
}

/** Starts a call. `onOutcome` is called once, later, never from within. */
export function startCall(
  client: Pick<WorkloadClient, 'invoke' | 'pureFunctions'>,
  operation: ClientOperation,
  deadlineMs: number,
  onOutcome: (outcome: Outcome) => void,
): Call {
  const controller = new AbortController();
  const isPure = client.pureFunctions.includes(operation.f);
  let settled = false;
  let timer = setTimeout(() => {
    controller.abort(new Error(`no answer within ${deadlineMs} ms`));
    timer = setTimeout(() => settle(timedOut(deadlineMs)), abortGraceMs);
  }, deadlineMs);
  const settle = (outcome: Outcome): void => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    onOutcome(asFarAsKnown(outcome, isPure));
  };
  attempt(client, operation, controller.signal).then(settle, (error: unknown) => {
    settle(controller.signal.aborted ? timedOut(deadlineMs) : threw(error));
  });
  return {
    abandon: () => {
      settled = true;
      clearTimeout(timer);
      controller.abort(new Error('the run was stopped'));
    },
  };
}

/** Turns an exception thrown before the first `await` into a rejection like any other. */
async function attempt(client: Pick<WorkloadClient, 'invoke'>, operation: ClientOperation, signal: AbortSignal): Promise<Outcome> {
  return client.invoke(operation, signal);
}

function timedOut(deadlineMs: number): Outcome {
  return { type: 'info', error: { code: 'timeout', message: `no answer within ${deadlineMs} ms` } };
}

function threw(error: unknown): Outcome {
  return { type: 'info', error: { code: 'unexpected-response', message: `the client threw: ${String(error)}` } };
}

/**
 * The last line of defence against a false `fail`: a `fail` that nothing justifies becomes `info`. And a pure operation that went wrong
 * did not happen, so it need not stay open.
 */
function asFarAsKnown(outcome: Outcome, isPure: boolean): Outcome {
  if (outcome.type === 'ok') return outcome;
  return { ...outcome, type: isPure || (outcome.type === 'fail' && isDefinite(outcome.error.code)) ? 'fail' : 'info' };
}
