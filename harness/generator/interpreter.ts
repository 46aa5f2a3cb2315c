/**
 * Keeps a generator and the processes it may use in step. The client runner drives one with real time and real calls, the simulator
 * with a virtual clock; sharing it is what makes a simulated schedule tell the truth about a real one.
 */
import { NEMESIS, type Operation, type Process } from '../history/index.ts';
import { timeLimit } from './limits.ts';
import { type Generator, type GeneratorContext, type GeneratorNote, type Invocation, nothing } from './types.ts';

export type Step =
  | { readonly kind: 'invoke'; readonly invocation: Invocation }
  /** Ask again after a completion, or at `until` (nanoseconds). */
  | { readonly kind: 'wait'; readonly until: number | undefined; readonly waiting: number }
  | { readonly kind: 'done' };

export interface InterpreterOptions {
  readonly generator: Generator;
  readonly concurrency: number;
  /** Whether there is a worker for operations of the nemesis. */
  readonly withNemesis: boolean;
  readonly onNote: (note: GeneratorNote, time: number) => void;
}

export class Interpreter {
  readonly #concurrency: number;
  readonly #onNote: InterpreterOptions['onNote'];
  #generator: Generator;
  /** The number each worker goes by at present. */
  #processes: readonly Process[];
  #free: readonly Process[];

  constructor(options: InterpreterOptions) {
    const { concurrency } = options;
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new RangeError(`expected a concurrency of at least 1, got ${concurrency}`);
    }
    this.#concurrency = concurrency;
    this.#onNote = options.onNote;
    this.#generator = options.generator;
    const numbers: Process[] = Array.from({ length: concurrency }, (_, worker) => worker);
    this.#processes = options.withNemesis ? [...numbers, NEMESIS] : numbers;
    this.#free = this.#processes;
  }

  /** Operations that have been handed out and have not completed. */
  get open(): number {
    return this.#processes.length - this.#free.length;
  }

  /** What to do at `time`. An invocation that is handed out must be followed by `invoked` and, one day, by `completed`. */
  next(time: number): Step {
    for (;;) {
      const result = this.#generator.op(this.#context(time));
      if (result.kind === 'done') {
        this.#generator = nothing;
        return result;
      }
      this.#generator = result.next;
      switch (result.kind) {
        case 'note':
          this.#onNote(result.note, time);
          break;
        case 'pending':
          this.#mustProgress(result.until, time);
          return { kind: 'wait', until: result.until, waiting: result.waiting };
        case 'invoke':
          this.#take(result.invocation.process);
          return { kind: 'invoke', invocation: result.invocation };
      }
    }
  }

  invoked(event: Operation): void {
    this.#generator = this.#generator.update(this.#context(event.time), event);
  }

  completed(event: Operation): void {
    const { process } = event;
    // An open operation may still take effect, so its process can't begin another: the worker goes on under a new number.
    const successor = process !== NEMESIS && event.type === 'info' ? process + this.#concurrency : process;
    if (successor !== process) {
      this.#processes = this.#processes.map((current) => (current === process ? successor : current));
    }
    this.#free = [...this.#free, successor];
    this.#generator = this.#generator.update(this.#context(event.time), event);
  }

  /** No more operations. What `next` gives from now on is at most a note of the arrivals that were still waiting. */
  stop(): void {
    this.#generator = timeLimit(0, this.#generator);
  }

  #context(time: number): GeneratorContext {
    return { time, concurrency: this.#concurrency, processes: this.#processes, free: this.#free };
  }

  #take(process: Process): void {
    if (!this.#free.includes(process)) {
      throw new Error(`the generator gave an operation to process ${process}, which is not free`);
    }
    this.#free = this.#free.filter((free) => free !== process);
  }

  /** A generator that waits for nothing would wait for ever. */
  #mustProgress(until: number | undefined, time: number): void {
    if (until !== undefined && until <= time) {
      throw new Error(`the generator waits until ${until} ns, which is not after now (${time} ns)`);
    }
    if (until === undefined && this.open === 0) {
      throw new Error(
        'the generator waits for a completion though no operation is open, so the run would never end; ' +
          'does it need a process that the run does not have?',
      );
    }
  }
}
