/**
 * Files of one JSON value a line, appended as things happen so that a crash keeps the evidence.
 *
 *     const file = openJsonLines('runs/latest/traffic.jsonl');
 *     file.append(record);
 *     await file.close();
 *     const { values, torn } = await readJsonLines('runs/latest/traffic.jsonl', (value) => value as TrafficRecord);
 */
import { close, createReadStream, fdatasync, fdatasyncSync, openSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

/** Longest time a line stays in memory only. */
const flushIntervalMs = 50;
/** Most that stays in memory only, in UTF-16 units: near enough to bytes for JSON. */
const flushThreshold = 64 * 1024;

const writeAt = promisify(write);
const dataSync = promisify(fdatasync);
const closeDescriptor = promisify(close);

export interface JsonLinesFile {
  readonly path: string;
  /** Adds a line. Throws when an earlier one could not be written: a run without its evidence must stop. */
  append(value: unknown): void;
  /** Everything appended so far is with the operating system, so that it survives the end of this process. */
  flush(): Promise<void>;
  /** Flushes, waits for the disk, and closes. Later calls do nothing more. */
  close(): Promise<void>;
}

/** Creates the file, or empties it. */
export function openJsonLines(path: string): JsonLinesFile {
  return new BufferedLines(path);
}

/**
 * Writes go to explicit positions, one at a time. When the process ends while one is under way, the exit handler writes the same bytes
 * to the same place again, synchronously, and then the rest: nothing is lost, doubled or out of order.
 */
class BufferedLines implements JsonLinesFile {
  readonly path: string;
  readonly #descriptor: number;
  readonly #atExit = (): void => this.#flushSync();
  /** Lines not yet handed to a write. */
  #lines = '';
  /** Bytes of the write under way. */
  #inFlight: Buffer | undefined;
  /** Bytes that are certainly in the file. */
  #position = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, 'w');
    process.on('exit', this.#atExit);
  }

  append(value: unknown): void {
    if (this.#closing !== undefined) throw new Error(`${this.path} is closed; nothing can be appended to it`);
    this.#throwFailure();
    this.#lines += `${JSON.stringify(value)}\n`;
    if (this.#lines.length >= flushThreshold) this.#startWriting();
    else this.#timer ??= setTimeout(() => this.#startWriting(), flushIntervalMs).unref();
  }

  async flush(): Promise<void> {
    this.#startWriting();
    await this.#writing;
    this.#throwFailure();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.flush();
      await dataSync(this.#descriptor);
    } finally {
      process.off('exit', this.#atExit);
      await closeDescriptor(this.#descriptor);
    }
  }

  #startWriting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines !== '' && this.#failure === undefined) this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#lines !== '') {
        let bytes = Buffer.from(this.#lines);
        this.#lines = '';
        while (bytes.length > 0) {
          this.#inFlight = bytes;
          const { bytesWritten } = await writeAt(this.#descriptor, bytes, 0, bytes.length, this.#position);
          this.#position += bytesWritten;
          bytes = bytes.subarray(bytesWritten);
        }
        this.#inFlight = undefined;
      }
    } catch (cause) {
      this.#failure = new Error(`${this.path} could not be written: ${String(cause)}`, { cause });
    } finally {
      // Here and not in a `then`: an append between the two would find a write that is already over, and wait for ever.
      this.#writing = undefined;
    }
  }

  #flushSync(): void {
    const bytes = Buffer.concat([this.#inFlight ?? Buffer.alloc(0), Buffer.from(this.#lines)]);
    try {
      for (let written = 0; written < bytes.length; ) {
        written += writeSync(this.#descriptor, bytes, written, bytes.length - written, this.#position + written);
      }
      fdatasyncSync(this.#descriptor);
    } catch (error) {
      // Throwing here would keep the exit handlers of the other files from running.
      process.stderr.write(`${this.path} could not be written to its end: ${String(error)}\n`);
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

export interface JsonLines<T> {
  readonly values: readonly T[];
  /** The last line, when a crash cut it off in the middle. It is left out of the values. */
  readonly torn?: string;
}

/**
 * Reads a whole file. `parse` checks a line's value and may throw. A last line without its newline that isn't JSON was torn by a crash
 * and is set aside; anything else that can't be understood throws with path and line number.
 */
export async function readJsonLines<T>(path: string, parse: (value: unknown, line: number) => T): Promise<JsonLines<T>> {
  const values: T[] = [];
  const add = (text: string): void => {
    const line = values.length + 1;
    try {
      values.push(parse(JSON.parse(text), line));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${path}:${line}: ${reason}`, { cause });
    }
  };
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1024 * 1024 })) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) add(line);
  }
  if (rest === '') return { values };
  if (!isJson(rest)) return { values, torn: rest };
  add(rest);
  return { values };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
