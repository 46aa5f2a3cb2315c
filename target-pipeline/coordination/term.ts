/** One node's leadership under one fencing token: from its election until it loses, or may have lost, the lease. */
import { setMaxListeners } from 'node:events';
import type { Runtime } from '../runtime/port.ts';
import type { ChangeOutcome, Decision, Fence, Registers } from '../store/index.ts';

export class Term {
  readonly fence: Fence;
  readonly #runtime: Runtime;
  readonly #ended = new AbortController();
  readonly #now: () => number;
  #validUntilMs: number;
  #cancelExpiry: () => void;

  /** `now` is what the lease is counted by, milliseconds. */
  constructor(runtime: Runtime, fence: Fence, valid: { readonly now: () => number; readonly untilMs: number }) {
    this.#runtime = runtime;
    this.fence = fence;
    this.#now = valid.now;
    this.#validUntilMs = valid.untilMs;
    this.#cancelExpiry = this.#armExpiry();
    // Every saga in progress listens; that is many, and no leak.
    setMaxListeners(0, this.#ended.signal);
  }

  /** Aborted when the term ends; the reason says why. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /**
   * May this node act as leader now? Asked before every act: a process that was stopped wakes with its timers still pending,
   * so the clock is read, not a flag.
   */
  isValid(): boolean {
    if (this.#ended.signal.aborted) return false;
    if (this.#now() < this.#validUntilMs) return true;
    this.end('lease-expired');
    return false;
  }

  leftMs(): number {
    return this.isValid() ? this.#validUntilMs - this.#now() : 0;
  }

  renewedUntil(validUntilMs: number): void {
    if (this.#ended.signal.aborted) return;
    this.#validUntilMs = validUntilMs;
    this.#cancelExpiry();
    this.#cancelExpiry = this.#armExpiry();
  }

  /** Idempotent. */
  end(reason: string): void {
    if (this.#ended.signal.aborted) return;
    this.#cancelExpiry();
    this.#runtime.log.warn('leader.stepped-down', { scope: this.fence.scope, token: this.fence.token, reason });
    this.#ended.abort(new Error(`leadership ended: ${reason}`));
  }

  /** A fenced change on behalf of this term. A refused token is terminal for the term (rule 5 of fencing). */
  async change<T>(
    registers: Registers,
    key: string,
    decide: (value: unknown) => Decision<T>,
    deadlineMs: number,
  ): Promise<ChangeOutcome<T>> {
    if (!this.isValid()) return { kind: 'unavailable', reason: 'this node leads no longer' };
    const outcome = await registers.change(key, decide, { deadlineMs, fence: this.fence });
    if (outcome.kind === 'fenced') this.end('fenced');
    return outcome;
  }

  #armExpiry(): () => void {
    return this.#runtime.timers.after(Math.max(0, this.#validUntilMs - this.#now()), () => void this.isValid());
  }
}
