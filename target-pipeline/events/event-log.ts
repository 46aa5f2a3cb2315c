/**
 * The log of events: segments `log/orders/<number>`, each a register holding an array of events, written by the leader only (fenced).
 * A position is `segment · segmentEvents + offset`.
 */
import type { Term } from '../coordination/index.ts';
import type { Runtime } from '../runtime/port.ts';
import type { Registers } from '../store/index.ts';
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
    const [published, left] = [
      this.#waiting.filter(({ event }) => stored.has(event.id)),
      this.#waiting.filter(({ event }) => !stored.has(event.id)),
    ];
    this.#waiting = left;
    for (const { resolve } of published) resolve(true);
    if (outcome.result.full) this.#segment += 1;
    return true;
  }

  async #findHead(): Promise<number | undefined> {
    const head = await logHead(this.#registers, 0, 1000);
    return head === undefined ? undefined : Math.floor(head / segmentEvents);
  }
}

/**
 * The position after the last event, at or after `from`; `undefined` when no quorum could be read. Segments are filled one after the other,
 * so whether one holds anything is monotone: gallop ahead, then halve. Reads grow with the logarithm of the distance.
 */
export async function logHead(registers: Registers, from: number, deadlineMs: number): Promise<number | undefined> {
  const lengths = new Map<number, number>();
  const lengthOf = async (segment: number): Promise<number | undefined> => {
    const known = lengths.get(segment);
    if (known !== undefined) return known;
    const length = (await readSegment(registers, segment, deadlineMs))?.length;
    if (length !== undefined) lengths.set(segment, length);
    return length;
  };
  let low = Math.floor(from / segmentEvents);
  let step = 1;
  for (let length = await lengthOf(low + step); length !== 0; length = await lengthOf(low + step)) {
    if (length === undefined) return undefined;
    low += step;
    step *= 2;
  }
  for (let high = low + step; high - low > 1; ) {
    const middle = (low + high) >> 1;
    const length = await lengthOf(middle);
    if (length === undefined) return undefined;
    if (length === 0) high = middle;
    else low = middle;
  }
  const last = await lengthOf(low);
  return last === undefined ? undefined : low * segmentEvents + last;
}

async function readSegment(registers: Registers, segment: number, deadlineMs: number): Promise<readonly OrderEvent[] | undefined> {
  const outcome = await registers.read(segmentKey(segment), { deadlineMs });
  return outcome.kind === 'done' ? ((outcome.result ?? []) as readonly OrderEvent[]) : undefined;
}

/** Events from `position` on, at most to the end of one segment; `undefined` when no quorum could be read. */
export async function readEvents(registers: Registers, position: number, deadlineMs: number): Promise<readonly OrderEvent[] | undefined> {
  return (await readSegment(registers, Math.floor(position / segmentEvents), deadlineMs))?.slice(position % segmentEvents);
}
