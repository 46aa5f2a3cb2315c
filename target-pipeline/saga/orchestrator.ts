/**
 * Drives the sagas of one term: reserve stock → capture payment (the pivot) → confirm and emit. Before the pivot a failure compensates;
 * after it, steps are retried until they succeed. Whatever is to be done stands in the record first, so any leader can go on from there.
 * (Garcia-Molina and Salem 1987; the pivot is Mehrotra and others 1992.)
 */
import type { Term } from '../coordination/index.ts';
import type { EventLogWriter } from '../events/event-log.ts';
import type { HybridLogicalClock } from '../events/hybrid-logical-clock.ts';
import type { Runtime } from '../runtime/port.ts';
import type { Registers } from '../store/index.ts';
import type { Effects, StepOutcome } from './effects.ts';
import { isOpen, isTerminal, type OrderRecord, type OrderStatus, published, transition } from './order-record.ts';
import type { SagaRules } from './rules.ts';

export interface OrchestratorOptions {
  readonly registers: Registers;
  readonly term: Term;
  readonly effects: Effects;
  readonly events: EventLogWriter;
  readonly clock: HybridLogicalClock;
  readonly rules: SagaRules;
  /** Called once an order is in a terminal status, possibly more than once. */
  readonly onTerminal: (record: OrderRecord) => void;
  /** Time between two scans for unfinished sagas, milliseconds. */
  readonly sweepMs: number;
}

const changeTimeoutMs = 2000;
/** Between two rounds of asking for the same step. */
const roundPauseMs = { first: 100, max: 2000 };

export const orderKey = (orderId: string): string => `order/${orderId}`;
export const orderPrefix = 'order/';

export class Orchestrator {
  readonly #runtime: Runtime;
  readonly #options: OrchestratorOptions;
  /** Orders being driven, with when that began, monotonic milliseconds. */
  readonly #active = new Map<string, number>();

  constructor(runtime: Runtime, options: OrchestratorOptions) {
    this.#runtime = runtime;
    this.#options = options;
    const age = runtime.metrics.gauge('saga_age_seconds', 'Age of the oldest saga in progress on this node.');
    runtime.metrics.beforeExpose(() => {
      const oldest = Math.min(...this.#active.values());
      age.set(Number.isFinite(oldest) ? (runtime.clock.monotonicMs() - oldest) / 1000 : 0);
    });
  }

  /** Scans for unfinished sagas again and again until the term ends: first those of the leader before, later whatever was left behind. */
  async sweep(): Promise<void> {
    const { term, sweepMs, registers, rules } = this.#options;
    while (term.isValid()) {
      const keys = await rules.findUnfinished(registers, orderPrefix);
      for (const key of keys ?? []) this.drive(key.slice(orderPrefix.length));
      await this.#runtime.timers.sleep(keys === undefined ? 200 : sweepMs, term.signal).catch(() => undefined);
    }
  }

  /** Drives one order to its end in the background. Harmless when it is being driven or is finished. */
  drive(orderId: string, known?: OrderRecord): void {
    if (this.#active.has(orderId) || !this.#options.term.isValid()) return;
    this.#active.set(orderId, this.#runtime.clock.monotonicMs());
    this.#run(orderId, known)
      .catch((error: unknown) =>
        this.#runtime.log.error('saga.crashed', {
          orderId,
          message: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
      )
      .finally(() => this.#active.delete(orderId));
  }

  async #run(orderId: string, known: OrderRecord | undefined): Promise<void> {
    let record = known;
    for (let round = 0; this.#options.term.isValid(); ) {
      if (record === undefined) {
        const loaded = await this.#load(orderId);
        // A scan shows what one replica accepted; it need not have been chosen.
        if (loaded === 'absent') return;
        record = loaded;
      }
      const next: OrderRecord | undefined = record === undefined ? undefined : await this.#advance(record, round);
      if (next !== undefined) {
        if (isTerminal(next.status)) this.#options.onTerminal(next);
        if (!isOpen(next)) return;
        round = 0;
      } else if (!(await this.#pause(round))) {
        return;
      } else {
        round += 1;
      }
      record = next;
    }
  }

  async #load(orderId: string): Promise<OrderRecord | 'absent' | undefined> {
    const outcome = await this.#options.registers.read(orderKey(orderId), { deadlineMs: changeTimeoutMs });
    return outcome.kind === 'done' ? ((outcome.result as OrderRecord | null) ?? 'absent') : undefined;
  }

  /** One move: the record after it, or `undefined` when nothing is known to have changed and it must be looked at again later. */
  async #advance(record: OrderRecord, round: number): Promise<OrderRecord | undefined> {
    switch (record.status) {
      case 'PENDING':
        return this.#reserve(record, round);
      case 'RESERVED':
        return this.#capture(record, round);
      case 'REJECTING':
        return this.#compensateAll(record, round, 'REJECTED', false);
      case 'CANCELLING':
        return this.#compensateAll(record, round, 'CANCELLED', this.#options.rules.owesRefund(record));
      case 'CONFIRMED':
      case 'REJECTED':
      case 'CANCELLED':
        return this.#publish(record);
      default:
        return record.status satisfies never;
    }
  }

  async #reserve(record: OrderRecord, round: number): Promise<OrderRecord | undefined> {
    for (const item of record.items) {
      const step = this.#heard(await this.#options.effects.reserve(this.#options.term, record, item, round));
      if (step.kind !== 'final') return undefined;
      if (step.outcome !== 'reserved') return this.#move(record, 'REJECTING', 'insufficient-stock');
    }
    return this.#move(record, 'RESERVED');
  }

  async #capture(record: OrderRecord, round: number): Promise<OrderRecord | undefined> {
    const step = this.#heard(await this.#options.effects.capture(this.#options.term, record, round));
    if (step.kind !== 'final') return undefined;
    return step.outcome === 'captured' ? this.#move(record, 'CONFIRMED') : this.#move(record, 'REJECTING', 'payment-declined');
  }

  async #compensateAll(record: OrderRecord, asked: number, end: OrderStatus, refund: boolean): Promise<OrderRecord | undefined> {
    const { effects, term, rules } = this.#options;
    const pause = (round: number): Promise<boolean> => this.#pause(round);
    const attempts = [
      ...(refund ? [(round: number) => effects.refund(term, record, round)] : []),
      ...record.items.map((item) => (round: number) => effects.release(term, record, item, round)),
    ];
    for (const attempt of attempts) {
      // Rounds go on where those before ended, or each time round the first attempt would pass for one that needs no retry budget.
      if (this.#heard(await rules.compensate((round) => attempt(asked + round), pause)).kind !== 'final') return undefined;
    }
    return this.#move(record, end);
  }

  async #publish(record: OrderRecord): Promise<OrderRecord | undefined> {
    if (record.unpublished.length === 0) return record;
    for (const event of record.unpublished) {
      if (!(await this.#options.events.append(event))) return undefined;
    }
    const done = new Set(record.unpublished.map((event) => event.id));
    return this.#change(record.orderId, (current) => published(current, done));
  }

  #move(record: OrderRecord, status: OrderStatus, rejection?: OrderRecord['rejection']): Promise<OrderRecord | undefined> {
    const { clock, rules, events } = this.#options;
    const last = record.transitions.at(-1);
    if (last !== undefined) clock.receive(last.hlc);
    const hlc = clock.now();
    return rules.makeTransition({
      events: transition(record, status, hlc, rejection)?.unpublished.filter((event) => event.hlc === hlc) ?? [],
      publish: (event) => events.append(event),
      store: (outbox) =>
        this.#change(record.orderId, (current) => {
          // Someone (a customer's cancel) may have moved it meanwhile: then go on from what it is now.
          const basis = rules.basis(record, current);
          const next = basis === undefined ? undefined : transition(basis, status, hlc, rejection);
          if (basis === undefined || next === undefined) return current;
          return outbox === 'in-outbox' ? next : { ...next, unpublished: basis.unpublished };
        }),
    });
  }

  async #change(orderId: string, edit: (current: OrderRecord) => OrderRecord): Promise<OrderRecord | undefined> {
    const { term, registers } = this.#options;
    const outcome = await term.change<OrderRecord | undefined>(
      registers,
      orderKey(orderId),
      (value) => {
        if (value === null) return { kind: 'keep', result: undefined };
        const current = value as OrderRecord;
        const next = edit(current);
        return next === current ? { kind: 'keep', result: current } : { kind: 'set', value: next, open: isOpen(next), result: next };
      },
      changeTimeoutMs,
    );
    return outcome.kind === 'done' ? outcome.result : undefined;
  }

  #heard(outcome: StepOutcome): StepOutcome {
    if (outcome.kind === 'final' && outcome.hlc !== undefined) this.#options.clock.receive(outcome.hlc);
    if (outcome.kind === 'fenced') this.#options.term.end('fenced');
    return outcome;
  }

  async #pause(round: number): Promise<boolean> {
    const { term } = this.#options;
    const ms = Math.min(roundPauseMs.max, roundPauseMs.first * 2 ** round) * (0.5 + this.#runtime.random.uniform());
    await this.#runtime.timers.sleep(ms, term.signal).catch(() => undefined);
    return term.isValid();
  }
}
