/** What an order node does while it leads: one orchestrator and one log writer a term, and the customers waiting for an end. */
import { Elector, type Term } from '../../coordination/index.ts';
import { EventLogWriter } from '../../events/event-log.ts';
import type { HybridLogicalClock } from '../../events/hybrid-logical-clock.ts';
import type { Runtime } from '../../runtime/port.ts';
import { type Compensate, Orchestrator, type OrderRecord } from '../../saga/index.ts';
import type { createEffects } from '../../saga/index.ts';
import type { Registers } from '../../store/index.ts';
import type { leaseTiming } from '../../coordination/index.ts';

export const orderScope = 'orders';

export interface LeadershipOptions {
  readonly node: string;
  readonly registers: Registers;
  readonly clock: HybridLogicalClock;
  readonly effects: ReturnType<typeof createEffects>;
  readonly compensate: Compensate;
  readonly timing: ReturnType<typeof leaseTiming>;
  readonly sweepMs: number;
}

export class Leadership {
  readonly #runtime: Runtime;
  readonly #elector: Elector;
  readonly #waiters = new Map<string, Set<(record: OrderRecord) => void>>();
  #led: { readonly term: Term; readonly orchestrator: Orchestrator } | undefined;

  constructor(runtime: Runtime, options: LeadershipOptions) {
    this.#runtime = runtime;
    const { node, registers, clock, effects, compensate, timing, sweepMs } = options;
    this.#elector = new Elector(runtime, {
      scope: orderScope,
      node,
      registers,
      timing,
      onElected: (term) => {
        const orchestrator = new Orchestrator(runtime, {
          registers,
          term,
          effects,
          events: new EventLogWriter(runtime, registers, term),
          clock,
          compensate,
          onTerminal: (record) => this.#tell(record),
          sweepMs,
        });
        this.#led = { term, orchestrator };
        void orchestrator.sweep();
      },
    });
  }

  start(): void {
    this.#elector.start();
  }

  stop(): Promise<void> {
    return this.#elector.stop();
  }

  knownLeader(): { readonly node: string; readonly token: number } | undefined {
    return this.#elector.knownLeader();
  }

  /** The term and its orchestrator, if this node leads now. */
  leading(): { readonly term: Term; readonly orchestrator: Orchestrator } | undefined {
    const term = this.#elector.term();
    return term !== undefined && this.#led?.term === term ? this.#led : undefined;
  }

  /** The order once it reaches a terminal status that `accepts`, or `undefined` after `timeoutMs` or when the term or the caller ends. */
  async waitFor(orderId: string, accepts: (record: OrderRecord) => boolean, timeoutMs: number, term: Term, caller: AbortSignal): Promise<OrderRecord | undefined> {
    let settle: (record: OrderRecord | undefined) => void = () => undefined;
    const settled = new Promise<OrderRecord | undefined>((resolve) => {
      settle = resolve;
    });
    const take = (record: OrderRecord): void => {
      if (accepts(record)) settle(record);
    };
    const giveUp = (): void => settle(undefined);
    const waiting = this.#waiters.get(orderId) ?? new Set();
    this.#waiters.set(orderId, waiting.add(take));
    const cancel = this.#runtime.timers.after(timeoutMs, giveUp);
    term.signal.addEventListener('abort', giveUp, { once: true });
    caller.addEventListener('abort', giveUp, { once: true });
    try {
      return await settled;
    } finally {
      cancel();
      term.signal.removeEventListener('abort', giveUp);
      caller.removeEventListener('abort', giveUp);
      waiting.delete(take);
      if (waiting.size === 0) this.#waiters.delete(orderId);
    }
  }

  #tell(record: OrderRecord): void {
    for (const take of this.#waiters.get(record.orderId) ?? []) take(record);
  }
}
