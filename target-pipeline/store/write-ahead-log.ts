/**
 * A write-ahead log: checksummed commits, group commit, a torn tail cut on start, compaction by snapshot.
 *
 * `append` resolves once the record is on disk; records that arrive while a sync runs share the next commit. A commit is
 * `length (u32) · crc32 (u32) · records`, little endian, each record behind its own length. The checksum spans the whole commit, because
 * pages of one commit may reach the disk in any order: only then is damage with a valid commit behind it never a torn tail.
 * A file is `wal-<generation>`; compaction writes the whole state as the next generation, syncs it, and only then gives it its name, so a
 * crash at any point leaves one complete log.
 */
import { crc32 } from 'node:zlib';
import type { AppendFile, Runtime } from '../runtime/port.ts';

const headerBytes = 8;
const recordHeaderBytes = 4;
/** A snapshot is written as commits of about this size. */
const snapshotCommitBytes = 1024 * 1024;
const namePattern = /^wal-(\d{10})$/;

export class CorruptLogError extends Error {
  override readonly name = 'CorruptLogError';
}

/** The disk took no more, for example because it is full. Whatever waited was not written; the log has to be opened anew. */
export class AppendRefusedError extends Error {
  override readonly name = 'AppendRefusedError';
}

export interface WriteAheadLog {
  /** Resolves once the record, and every record before it, is durable. Rejects when the disk refused; the log is then closed. */
  append(record: string): Promise<void>;
  /** Resolves once everything appended so far is durable. */
  settled(): Promise<void>;
  /** Bytes in the current generation. */
  readonly sizeBytes: number;
  /** Replace everything by `snapshot`, which must hold the state of all records appended before the call. */
  compact(snapshot: Iterable<string>): Promise<void>;
  close(): Promise<void>;
}

export interface OpenedLog {
  readonly log: WriteAheadLog;
  readonly records: readonly string[];
  /** Bytes of a torn tail that were cut. */
  readonly cutBytes: number;
}

function encodeCommit(records: readonly string[]): Uint8Array {
  const payloadBytes = records.reduce((sum, record) => sum + recordHeaderBytes + Buffer.byteLength(record), 0);
  const framed = Buffer.allocUnsafe(headerBytes + payloadBytes);
  let at = headerBytes;
  for (const record of records) {
    const written = framed.write(record, at + recordHeaderBytes);
    framed.writeUInt32LE(written, at);
    at += recordHeaderBytes + written;
  }
  framed.writeUInt32LE(payloadBytes, 0);
  framed.writeUInt32LE(crc32(framed.subarray(headerBytes)), 4);
  return framed;
}

function encodeSnapshot(records: Iterable<string>): Uint8Array {
  const commits: Uint8Array[] = [];
  let together: string[] = [];
  let togetherBytes = 0;
  const endCommit = (): void => {
    if (together.length > 0) commits.push(encodeCommit(together));
    together = [];
    togetherBytes = 0;
  };
  for (const record of records) {
    together.push(record);
    togetherBytes += record.length;
    if (togetherBytes >= snapshotCommitBytes) endCommit();
  }
  endCommit();
  return Buffer.concat(commits);
}

/** The payload of the valid commit at `at`, if one is there. A file grown but not written is zeros: a length of 0 is no commit. */
function commitAt(buffer: Buffer, at: number): Buffer | undefined {
  if (at + headerBytes > buffer.length) return undefined;
  const length = buffer.readUInt32LE(at);
  const end = at + headerBytes + length;
  if (length === 0 || end > buffer.length) return undefined;
  const payload = buffer.subarray(at + headerBytes, end);
  return crc32(payload) === buffer.readUInt32LE(at + 4) ? payload : undefined;
}

interface Scan {
  readonly records: string[];
  /** Where the first bad byte is; equal to the size when there is none. */
  readonly goodBytes: number;
}

function scan(buffer: Buffer): Scan {
  const records: string[] = [];
  let at = 0;
  for (let payload = commitAt(buffer, at); payload !== undefined; payload = commitAt(buffer, at)) {
    for (let from = 0; from < payload.length; ) {
      const to = from + recordHeaderBytes + payload.readUInt32LE(from);
      records.push(payload.toString('utf8', from + recordHeaderBytes, to));
      from = to;
    }
    at += headerBytes + payload.length;
  }
  return { records, goodBytes: at };
}

/** Is there a whole, valid commit anywhere behind the damage? Then it isn't a torn tail: acknowledged data would be cut. */
function validCommitAfter(buffer: Buffer, from: number): boolean {
  for (let at = from + 1; at + headerBytes <= buffer.length; at += 1) {
    if (commitAt(buffer, at) !== undefined) return true;
  }
  return false;
}

function generationName(generation: number): string {
  return `wal-${String(generation).padStart(10, '0')}`;
}

/** Opens the newest generation in `directory`, cutting a torn tail. Throws `CorruptLogError` on damage before the tail. */
export async function openWriteAheadLog(runtime: Runtime, directory: string): Promise<OpenedLog> {
  const { disk } = runtime;
  await disk.mkdirp(directory);
  const generations: number[] = [];
  for (const name of await disk.list(directory)) {
    const match = namePattern.exec(name);
    if (match !== null) generations.push(Number(match[1]));
    else await disk.remove(`${directory}/${name}`);
  }
  generations.sort((a, b) => a - b);
  const newest = generations.pop() ?? 0;
  for (const old of generations) await disk.remove(`${directory}/${generationName(old)}`);

  const path = `${directory}/${generationName(newest)}`;
  const bytes = (await disk.readFile(path)) ?? new Uint8Array();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { records, goodBytes } = scan(buffer);
  const cutBytes = bytes.length - goodBytes;
  if (cutBytes > 0 && validCommitAfter(buffer, goodBytes)) {
    throw new CorruptLogError(
      `${path} is damaged at byte ${goodBytes}, and valid commits follow: this is not a torn tail. Restore the file or remove this replica's data directory so that it starts empty under a new name.`,
    );
  }
  const file = await disk.openAppend(path);
  if (cutBytes > 0) {
    await file.truncate(goodBytes);
    await file.sync();
  }
  await disk.syncDirectory(directory);
  return { log: new GroupCommitLog(runtime, directory, newest, file, goodBytes), records, cutBytes };
}

async function appendTo(file: AppendFile, bytes: Uint8Array): Promise<void> {
  try {
    await file.append(bytes);
  } catch (error) {
    throw new AppendRefusedError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One loop owns the file: it writes batches, and switches generations between two of them. */
class GroupCommitLog implements WriteAheadLog {
  sizeBytes: number;
  readonly #runtime: Runtime;
  readonly #directory: string;
  #generation: number;
  #file: AppendFile;
  #pending: string[] = [];
  #waiters: Waiter[] = [];
  #compaction: { readonly snapshot: Uint8Array; readonly waiter: Waiter } | undefined;
  #loop: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(runtime: Runtime, directory: string, generation: number, file: AppendFile, sizeBytes: number) {
    this.#runtime = runtime;
    this.#directory = directory;
    this.#generation = generation;
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }

  append(record: string): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#pending.push(record);
    return this.#join();
  }

  settled(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return this.#loop === undefined ? Promise.resolve() : this.#join();
  }

  /**
   * Records still pending are written again behind the snapshot that already holds them; records set state, so that is harmless.
   */
  compact(snapshot: Iterable<string>): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#compaction !== undefined) return Promise.reject(new Error('a compaction is already waiting'));
    const bytes = encodeSnapshot(snapshot);
    return new Promise<void>((resolve, reject) => {
      this.#compaction = { snapshot: bytes, waiter: { resolve, reject } };
      this.#loop ??= this.#run();
    });
  }

  async close(): Promise<void> {
    await this.#loop;
    await this.#file.close();
  }

  #join(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#loop ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // The turn of the event loop that asked first may hold more appends: let them join this commit.
    await Promise.resolve();
    while (this.#failure === undefined && (this.#waiters.length > 0 || this.#compaction !== undefined)) {
      const { records, waiters, compaction } = this.#take();
      try {
        if (compaction !== undefined) await this.#switchGeneration(compaction.snapshot);
        await this.#write(records);
        compaction?.waiter.resolve();
        for (const waiter of waiters) waiter.resolve();
      } catch (error) {
        // After a failed sync the kernel may have dropped the pages, and after a failed append part of a commit may be there: nothing later
        // can be promised on this file.
        this.#failure = error instanceof Error ? error : new Error(String(error));
        compaction?.waiter.reject(this.#failure);
        this.#compaction?.waiter.reject(this.#failure);
        for (const waiter of [...waiters, ...this.#waiters]) waiter.reject(this.#failure);
        this.#waiters = [];
      }
    }
    this.#loop = undefined;
  }

  #take() {
    const taken = { records: this.#pending, waiters: this.#waiters, compaction: this.#compaction };
    this.#waiters = [];
    this.#pending = [];
    this.#compaction = undefined;
    return taken;
  }

  async #write(records: readonly string[]): Promise<void> {
    if (records.length === 0) return;
    const commit = encodeCommit(records);
    await appendTo(this.#file, commit);
    await this.#file.sync();
    this.sizeBytes += commit.length;
  }

  async #switchGeneration(snapshot: Uint8Array): Promise<void> {
    const { disk } = this.#runtime;
    const temporary = `${this.#directory}/compacting`;
    await disk.remove(temporary);
    const next = await disk.openAppend(temporary);
    await appendTo(next, snapshot);
    await next.sync();
    await disk.rename(temporary, `${this.#directory}/${generationName(this.#generation + 1)}`);
    await disk.syncDirectory(this.#directory);
    const old = { file: this.#file, path: `${this.#directory}/${generationName(this.#generation)}` };
    this.#file = next;
    this.#generation += 1;
    this.sizeBytes = snapshot.length;
    await old.file.close();
    await disk.remove(old.path);
  }
}
