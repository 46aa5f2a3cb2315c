import type { FaultAction, InjectedResponse } from '../types.ts';

/** Waits on a timer that the connection owns and clears when it is torn down. */
export type Wait = (milliseconds: number) => Promise<void>;

/** Where a message goes once it has waited: on its way, nowhere (the caller's connection is reset), or back as somebody else's answer. */
export type Passage = 'pass' | 'reset' | InjectedResponse;

/**
 * One thing a fault can do to a call: a member of `FaultAction`, and what it means. `stage` says what is kept back until `pass` settles,
 * the request on its way to the callee or the response on its way to the caller.
 */
export interface Effect {
  readonly stage: 'request' | 'response';
  applies(action: FaultAction): boolean;
  /** A response always passes; whether it does at all is decided before it comes. */
  /** `bytes` resolves once the message has come in full. */
  pass(action: FaultAction, wait: Wait, bytes: Promise<number>): Promise<Passage>;
}
