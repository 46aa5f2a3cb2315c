/**
 * The log of events: segments `log/orders/<number>`, each a register holding an array of events, written by the leader only (fenced).
 * A position is `segment · segmentEvents + offset`.
 */
import type { Term } from '../coordination/index.ts';
import type { Runtime } from '../runtime/port.ts';
import { type Registers, scanAllKeys } from '../store/index.ts';
import type { OrderEvent } from './event.ts';

export const segmentEvents = 64;
const prefix = 'log/orders/';

export function segmentKey(segment: number): string {
  return prefix + String(segment).padStart(10, '0');
}

interface Waiting {
  readonly event: OrderEvent;
  readonly resolve: (published: boolean) => void;
}

/** Appends events in batches on behalf of one term. */
export class EventLogWriter {
  readonly #runtime: Runtime;
  readonly #registers: Registers;
  readonly #term: Term;
  #waiting: Waiting[] = [];
  #segment: number | undefined;
  #running = false;

  constructor(runtime: Runtime, registers: Registers, term: Term) {
    this.#runtime = runtime;
    this.#registers = registers;
    this.#term = term;
  }

  /** Resolves `true` once the event is in the log; `false` when the term ended first, and the event may or may not be there. */
  append(event: OrderEvent): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.push({ event, resolve });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      if (!this.#term.isValid()) {
        for (const { resolve } of this.#waiting.splice(0)) resolve(false);
        break;
      }
      if (!(await this.#appendBatch())) await this.#runtime.timers.sleep(50, this.#term.signal).catch(() => undefined);
    }
    this.#running = false;
  }

  async #appendBatch(): Promise<boolean> {
    this.#segment ??= await this.#findHead();
    if (this.#segment === undefined) return false;
    const batch = this.#waiting.slice(0, segmentEvents);
    const outcome = await this.#term.change<{ stored: readonly string[]; full: boolean }>(
      this.#registers,
      segmentKey(this.#segment),
      (value) => {
        const events = (value ?? []) as readonly OrderEvent[];
        const known = new Set(events.map((event) => event.id));
        const fresh = batch.map((waiting) => waiting.event).filter((event) => !known.has(event.id));
        const room = fresh.slice(0, segmentEvents - events.length);
        const stored = [...events, ...room];
        const result = { stored: stored.map((event) => event.id), full: stored.length >= segmentEvents };
        return room.length === 0 ? { kind: 'keep', result } : { kind: 'set', value: stored, result };
      },
      2000,
    );
    if (outcome.kind !== 'done') return false;
    const stored = new Set(outcome.result.stored);
    const [published, left] = [this.#waiting.filter(({ event }) => stored.has(event.id)), this.#waiting.filter(({ event }) => !stored.has(event.id))];
    this.#waiting = left;
    for (const { resolve } of published) resolve(true);
    if (outcome.result.full) this.#segment += 1;
    return true;
  }

  async #findHead(): Promise<number | undefined> {
    const keys = await scanAllKeys(this.#registers, { prefix, openOnly: false, limit: 100, deadlineMs: 1000 });
    if (keys === undefined) return undefined;
    const last = keys.at(-1);
    return last === undefined ? 0 : Number(last.slice(prefix.length));
  }
}

/** Events from `position` on, at most to the end of one segment; `undefined` when no quorum could be read. */
export async function readEvents(registers: Registers, position: number, deadlineMs: number): Promise<readonly OrderEvent[] | undefined> {
  const outcome = await registers.read(segmentKey(Math.floor(position / segmentEvents)), { deadlineMs });
  if (outcome.kind !== 'done') return undefined;
  return ((outcome.result ?? []) as readonly OrderEvent[]).slice(position % segmentEvents);
}
