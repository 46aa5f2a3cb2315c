/**
 * Drives the pipeline: takes operations from the generator when they are due, gives each to a logical process, and records what
 * happens. One pass of the loop
 *   1. records every completion that is ready and tells the generator,
 *   2. asks the generator for operations until it has none for now; each is recorded, and only then sent,
 *   3. waits for a completion or for the time the generator named.
 * Completions come first so that no operation seems to begin before one that had already ended.
 */
import { type Generator, type GeneratorNote, Interpreter, type Invocation } from '../generator/index.ts';
import { NEMESIS, type Process, type Recorder } from '../history/index.ts';
import { type Call, startCall } from './settle.ts';
import { type ClientStats, createStats, type StatsCounter } from './stats.ts';
import type { Outcome, WorkloadClient } from './types.ts';

/** Longest time that a timer can be set for. */
const maxTimerMs = 2 ** 31 - 1;
const nsPerMs = 1e6;

export interface RunClientsOptions {
  readonly generator: Generator;
  /** Closed when the run ends. */
  readonly client: WorkloadClient;
  readonly recorder: Recorder;
  /** Logical processes: operations that can be open at once. */
  readonly concurrency: number;
  /** After this an operation's outcome is unknown and its process number is retired. */
  readonly opDeadlineMs: number;
  /** Nanoseconds since the run began, the clock of the recorder. */
  readonly now: () => number;
  /** Stops the run: open operations are recorded as interrupted, and the promise resolves. */
  readonly signal: AbortSignal;
  /** Performs operations of the nemesis, for generators that have any. */
  readonly nemesis?: Pick<WorkloadClient, 'invoke'> & { readonly deadlineMs: number };
  /** Messages of the generator. */
  readonly onLog?: (message: string) => void;
}

/** Runs until the generator is exhausted and everything has completed, or until it is stopped. */
export async function runClients(options: RunClientsOptions): Promise<ClientStats> {
  try {
    return await new Promise((resolve, reject) => new ClientRun(options, resolve, reject).begin());
  } finally {
    await options.client.close();
  }
}

class ClientRun {
  readonly #options: RunClientsOptions;
  readonly #interpreter: Interpreter;
  readonly #stats: StatsCounter = createStats();
  readonly #open = new Map<Process, { readonly invocation: Invocation; readonly call: Call }>();
  readonly #resolve: (stats: ClientStats) => void;
  readonly #reject: (error: unknown) => void;
  #ready: { readonly invocation: Invocation; readonly outcome: Outcome }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;
  #ended = false;

  constructor(options: RunClientsOptions, resolve: (stats: ClientStats) => void, reject: (error: unknown) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#interpreter = new Interpreter({
      generator: options.generator,
      concurrency: options.concurrency,
      withNemesis: options.nemesis !== undefined,
      onNote: (note) => this.#note(note),
    });
  }

  begin(): void {
    this.#options.signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#pass();
  }

  readonly #onAbort = (): void => this.#schedule();

  /** A pass after the I/O that is ready now, so that answers that have arrived are counted before anything new is sent. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pass();
    });
  }

  #pass(): void {
    if (this.#ended) return;
    clearTimeout(this.#timer);
    try {
      this.#recordReady();
      if (this.#options.signal.aborted) this.#stop();
      this.#issue();
    } catch (error) {
      // A recorder that can't write or a generator with a bug: nothing that follows could be trusted.
      this.#end(() => this.#reject(error));
    }
  }

  #recordReady(): void {
    const ready = this.#ready;
    this.#ready = [];
    for (const { invocation, outcome } of ready) this.#complete(invocation, outcome);
  }

  #issue(): void {
    for (;;) {
      const now = this.#options.now();
      const step = this.#interpreter.next(now);
      switch (step.kind) {
        case 'invoke':
          this.#invoke(step.invocation);
          break;
        case 'wait':
          this.#stats.waiting(step.waiting);
          if (step.until !== undefined) {
            const delayMs = Math.min(maxTimerMs, Math.ceil((step.until - now) / nsPerMs));
            this.#timer = setTimeout(() => this.#schedule(), delayMs);
          }
          return;
        case 'done':
          if (this.#open.size === 0) this.#end(() => this.#resolve(this.#stats.total()));
          return;
      }
    }
  }

  #invoke(invocation: Invocation): void {
    const { recorder, client, nemesis, opDeadlineMs } = this.#options;
    const { f, value, key, process, time } = invocation;
    const target = key === undefined ? { f, value, process } : { f, value, process, key };
    const isFault = process === NEMESIS && nemesis !== undefined;
    this.#interpreter.invoked(recorder.append(isFault ? { ...target, type: 'info' } : { ...target, type: 'invoke', intended: time }));
    if (!isFault) this.#stats.invoked(f);
    const caller = isFault ? { pureFunctions: [], invoke: nemesis.invoke.bind(nemesis) } : client;
    const call = startCall(caller, target, isFault ? nemesis.deadlineMs : opDeadlineMs, (outcome) => {
      this.#ready.push({ invocation, outcome });
      this.#schedule();
    });
    this.#open.set(process, { invocation, call });
  }

  #complete(invocation: Invocation, outcome: Outcome): void {
    const { f, key, process } = invocation;
    this.#open.delete(process);
    const type = process === NEMESIS ? 'info' : outcome.type;
    const event = this.#options.recorder.append({
      process,
      type,
      f,
      value: outcome.value === undefined && outcome.type !== 'ok' ? invocation.value : outcome.value,
      ...(key === undefined ? {} : { key }),
      ...(outcome.node === undefined ? {} : { node: outcome.node }),
      ...(outcome.type === 'ok' ? {} : { error: outcome.error }),
    });
    if (process !== NEMESIS) this.#stats.completed(f, type);
    this.#interpreter.completed(event);
  }

  /** No more operations. What is still open is told to stop, and nobody will know how it ended. */
  #stop(): void {
    this.#interpreter.stop();
    for (const { invocation, call } of [...this.#open.values()]) {
      call.abandon();
      const message = 'the run was stopped before the call completed';
      this.#complete(invocation, { type: 'info', error: { code: 'interrupted', message } });
    }
  }

  #end(settle: () => void): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    for (const { call } of this.#open.values()) call.abandon();
    settle();
  }

  #note(note: GeneratorNote): void {
    if (note.type === 'missed') this.#stats.missed(note.count);
    else this.#options.onLog?.(note.message);
  }
}
