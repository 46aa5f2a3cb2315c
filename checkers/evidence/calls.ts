import { NEMESIS, type Operation } from '../../harness/history/index.ts';

/** An invocation with its completion; without one it was still open when the run ended, which means the same as `info`. */
export interface Call {
  readonly invocation: Operation;
  readonly completion?: Operation;
}

/**
 * Joins the two halves of every client call, in order of invocation.
 * A history in which that can't be done is not evidence of anything: it throws, naming the operation.
 */
export function pairCalls(history: readonly Operation[]): readonly Call[] {
  const calls: { invocation: Operation; completion?: Operation }[] = [];
  const open = new Map<number, { invocation: Operation; completion?: Operation }>();
  for (const operation of history) {
    const { process } = operation;
    if (process === NEMESIS) continue;
    const pending = open.get(process);
    if (operation.type === 'invoke') {
      if (pending !== undefined) {
        throw new Error(
          `invalid history: operation ${operation.index} invokes while process ${process} still waits for operation ${pending.invocation.index}`,
        );
      }
      const call = { invocation: operation };
      calls.push(call);
      open.set(process, call);
    } else {
      if (pending === undefined) {
        throw new Error(`invalid history: operation ${operation.index} completes a call of process ${process} that was never invoked`);
      }
      if (operation.time < pending.invocation.time) {
        throw new Error(`invalid history: operation ${operation.index} completes before operation ${pending.invocation.index} invoked it`);
      }
      pending.completion = operation;
      open.delete(process);
    }
  }
  return calls;
}
