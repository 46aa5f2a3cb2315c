/**
 * Consumes the event log on behalf of one term of the `consumer` scope: processes, then commits `offset/<consumer>`. A crash between the
 * two repeats events, so whatever `process` does must be idempotent.
 */
import type { Term } from '../coordination/index.ts';
import type { Runtime } from '../runtime/port.ts';
import type { Registers } from '../store/index.ts';
import type { OrderEvent } from './event.ts';
import { logHead, readEvents, segmentEvents } from './event-log.ts';
import { parseStamp } from './hybrid-logical-clock.ts';

/** Both resolve `true` once they are durable. */
export interface Batch {
  process(): Promise<boolean>;
  acknowledge(): Promise<boolean>;
}

/** How a batch is taken; replaceable as one component. Resolves `true` when the consumer may go on to the next. */
export type TakeBatch = (batch: Batch) => Promise<boolean>;

/** At least once: what is acknowledged has been processed. */
export const acknowledgeAfterwards: TakeBatch = async ({ process, acknowledge }) => (await process()) && acknowledge();

export interface ConsumerOptions {
  readonly name: string;
  readonly registers: Registers;
  readonly term: Term;
  readonly pollMs: number;
  readonly takeBatch: TakeBatch;
  /** Resolves `true` once the effects of all these events are durable. When it throws, they are tried again. */
  readonly process: (events: readonly OrderEvent[]) => Promise<boolean>;
}

interface Lag {
  readonly events: number;
  readonly oldestHlc: string | undefined;
}

export class Consumer {
  readonly #runtime: Runtime;
  readonly #options: ConsumerOptions;
  #lag: Lag = { events: 0, oldestHlc: undefined };

  constructor(runtime: Runtime, options: ConsumerOptions) {
    this.#runtime = runtime;
    this.#options = options;
    const lagEvents = runtime.metrics.gauge('consumer_lag_events', 'Events in the log that the consumer has not committed.', ['consumer']);
    const lagSeconds = runtime.metrics.gauge('consumer_lag_seconds', 'Age of the oldest event the consumer has not committed.', [
      'consumer',
    ]);
    runtime.metrics.beforeExpose(() => {
      if (!options.term.isValid()) return;
      const { events, oldestHlc } = this.#lag;
      lagEvents.set(events, { consumer: options.name });
      const oldestMs = oldestHlc === undefined ? undefined : parseStamp(oldestHlc).wallMs;
      lagSeconds.set(oldestMs === undefined ? 0 : Math.max(0, (runtime.clock.wallMs() - oldestMs) / 1000), { consumer: options.name });
    });
  }

  /** Runs until the term ends. */
  async run(): Promise<void> {
    const { term, pollMs } = this.#options;
    let position = await this.#committed();
    while (term.isValid()) {
      const next: number | undefined = position === undefined ? undefined : await this.#tryStep(position);
      if (next === undefined || next === position) await this.#runtime.timers.sleep(pollMs, term.signal).catch(() => undefined);
      position = next ?? (await this.#committed());
    }
  }

  async #committed(): Promise<number | undefined> {
    const outcome = await this.#options.registers.read(this.#offsetKey, { deadlineMs: 1000 });
    return outcome.kind === 'done' ? ((outcome.result as number | null) ?? 0) : undefined;
  }

  /** One event that can't be processed, say because its stamp is too far ahead, must stop neither the node nor the attempts. */
  async #tryStep(position: number): Promise<number | undefined> {
    try {
      return await this.#step(position);
    } catch (error) {
      this.#runtime.log.error('consumer.failed', {
        consumer: this.#options.name,
        position,
        message: error instanceof Error ? error.message : String(error),
      });
      return undefined;
    }
  }

  /** Processes what stands at `position`; the new position, or `undefined` when something went wrong and it must be asked again. */
  async #step(position: number): Promise<number | undefined> {
    const { registers, term, takeBatch, process } = this.#options;
    const events = await readEvents(registers, position, 1000);
    if (events === undefined) return undefined;
    this.#lag = { events: await this.#behind(position, events.length), oldestHlc: events[0]?.hlc };
    if (events.length === 0) return position;
    const untimely = events.find((event) => event.dependsOn.some((stamp) => stamp >= event.hlc));
    if (untimely !== undefined) {
      // Never process an effect before its cause: stop here, visibly, rather than guess.
      this.#runtime.log.error('event.before-its-cause', {
        consumer: this.#options.name,
        event: untimely.id,
        hlc: untimely.hlc,
        dependsOn: untimely.dependsOn,
      });
      return undefined;
    }
    const next = position + events.length;
    const acknowledge = async (): Promise<boolean> => {
      const outcome = await term.change(
        registers,
        this.#offsetKey,
        (value) =>
          ((value as number | null) ?? 0) === position ? { kind: 'set', value: next, result: true } : { kind: 'keep', result: false },
        2000,
      );
      return outcome.kind === 'done' && outcome.result;
    };
    if (!(await takeBatch({ process: () => process(events), acknowledge }))) return undefined;
    // What lies beyond this segment is counted when it is read.
    if (next % segmentEvents !== 0) this.#lag = { events: 0, oldestHlc: undefined };
    return next;
  }

  /** Events from `position` to the head of the log, `here` of them in its segment. */
  async #behind(position: number, here: number): Promise<number> {
    if ((position + here) % segmentEvents !== 0 || here === 0) return here;
    const head = await logHead(this.#options.registers, position, 1000);
    return head === undefined ? here : head - position;
  }

  get #offsetKey(): string {
    return `offset/${this.#options.name}`;
  }
}
