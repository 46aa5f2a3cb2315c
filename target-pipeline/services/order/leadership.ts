/** What an order node does while it leads: one orchestrator and one log writer a term, and the customers waiting for an end. */

import type { leaseTiming } from '../../coordination/index.ts';
import { type ElectionRules, Elector, type Term } from '../../coordination/index.ts';
import { EventLogWriter } from '../../events/event-log.ts';
import type { HybridLogicalClock } from '../../events/hybrid-logical-clock.ts';
import type { Runtime } from '../../runtime/port.ts';
import type { createEffects } from '../../saga/index.ts';
import { Orchestrator, type OrderRecord, type SagaRules } from '../../saga/index.ts';
import type { Registers } from '../../store/index.ts';

export const orderScope = 'orders';

export interface LeadershipOptions {
  readonly node: string;
  readonly registers: Registers;
  readonly clock: HybridLogicalClock;
  readonly effects: ReturnType<typeof createEffects>;
  readonly rules: SagaRules;
  readonly timing: ReturnType<typeof leaseTiming>;
  readonly electionRules: ElectionRules;
  readonly sweepMs: number;
}

export interface Watch {
  /** The order as it was then, or `undefined` after `timeoutMs` or once one of `signals` is aborted. */
  wait(timeoutMs: number, signals: readonly AbortSignal[]): Promise<OrderRecord | undefined>;
  end(): void;
}

export class Leadership {
  readonly #runtime: Runtime;
  readonly #elector: Elector;
  /** Who watches, by order. */
  readonly #watching = new Map<string, Set<(record: OrderRecord) => void>>();
  #led: { readonly term: Term; readonly orchestrator: Orchestrator } | undefined;

  constructor(runtime: Runtime, options: LeadershipOptions) {
    this.#runtime = runtime;
    const { node, registers, clock, effects, rules, timing, electionRules, sweepMs } = options;
    this.#elector = new Elector(runtime, {
      scope: orderScope,
      node,
      registers,
      timing,
      rules: electionRules,
      onElected: (term) => {
        const orchestrator = new Orchestrator(runtime, {
          registers,
          term,
          effects,
          events: new EventLogWriter(runtime, registers, term),
          clock,
          rules,
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

  /** Begins to watch for the order to reach a terminal status that `accepts`. Whoever watches ends it, whatever happens. */
  watch(orderId: string, accepts: (record: OrderRecord) => boolean): Watch {
    let settle: (record: OrderRecord | undefined) => void = () => undefined;
    const settled = new Promise<OrderRecord | undefined>((resolve) => {
      settle = resolve;
    });
    const take = (record: OrderRecord): void => {
      if (accepts(record)) settle(record);
    };
    const giveUp = (): void => settle(undefined);
    const watching = this.#watching.get(orderId) ?? new Set();
    this.#watching.set(orderId, watching.add(take));
    return {
      wait: async (timeoutMs, signals) => {
        const cancel = this.#runtime.timers.after(timeoutMs, giveUp);
        for (const signal of signals) {
          if (signal.aborted) giveUp();
          signal.addEventListener('abort', giveUp);
        }
        try {
          return await settled;
        } finally {
          cancel();
          for (const signal of signals) signal.removeEventListener('abort', giveUp);
        }
      },
      end: () => {
        watching.delete(take);
        if (watching.size === 0 && this.#watching.get(orderId) === watching) this.#watching.delete(orderId);
      },
    };
  }

  #tell(record: OrderRecord): void {
    for (const take of this.#watching.get(record.orderId) ?? []) take(record);
  }
}
