/**
 * A disk in memory that knows what would survive a crash: bytes that were synced, under names whose directory was synced. Stricter than most
 * file systems, as POSIX allows.
 */
import path from 'node:path';
import type { AppendFile, Disk, Random } from '../port.ts';
import { never, type VirtualProcess } from './process.ts';

/**
 * What becomes of appended bytes that were not synced: `lost` altogether, `cut` somewhere (a torn write), or `garbled` (the length arrived,
 * the contents did not).
 */
export type UnsyncedTail = 'lost' | 'cut' | 'garbled';

export type FaultyOperation = 'append' | 'sync';

interface VirtualFile {
  bytes: Uint8Array;
  durable: Uint8Array;
}

export class VirtualDisk {
  /** How long a sync takes; 0 is within the same instant. */
  syncMs = 0;
  /** Completed syncs of files: group commit shows here. */
  syncs = 0;
  private readonly process: VirtualProcess;
  private readonly random: Random;
  private readonly failures: { readonly operation: FaultyOperation; readonly message: string }[] = [];
  private names = new Map<string, VirtualFile>();
  private durableNames = new Map<string, VirtualFile>();
  private directories = new Set<string>();

  constructor(process: VirtualProcess, random: Random) {
    this.process = process;
    this.random = random;
  }

  /** The next such operation fails; an append that fails leaves half of its bytes. */
  failNext(operation: FaultyOperation, message = `injected ${operation} failure`): void {
    this.failures.push({ operation, message });
  }

  /** What the disk holds after the power went. */
  crash(unsyncedTail: UnsyncedTail = 'lost'): void {
    this.names = new Map(this.durableNames);
    for (const file of this.names.values()) {
      file.bytes = this.afterCrash(file, unsyncedTail);
      file.durable = file.bytes;
    }
  }

  /** The disk as one life of the process sees it. */
  mount(): Disk {
    const life = this.process.life;
    const alive = async <Result>(work: () => Result | Promise<Result>): Promise<Result> => (this.process.life === life ? work() : never);
    return {
      openAppend: (filePath) => alive(() => this.open(path.normalize(filePath), alive)),
      readFile: (filePath) => alive(() => this.names.get(path.normalize(filePath))?.bytes.slice()),
      list: (directory) => alive(() => this.list(path.normalize(directory))),
      rename: (from, to) =>
        alive(() => {
          const file = this.names.get(path.normalize(from));
          if (file === undefined) throw new Error(`ENOENT: no such file, rename '${from}' -> '${to}'`);
          this.names.delete(path.normalize(from));
          this.names.set(path.normalize(to), file);
        }),
      remove: (filePath) => alive(() => void this.names.delete(path.normalize(filePath))),
      mkdirp: (directory) =>
        alive(() => {
          for (let at = path.normalize(directory); !this.directories.has(at); at = path.dirname(at)) this.directories.add(at);
        }),
      syncDirectory: (directory) => alive(() => this.syncDirectory(path.normalize(directory))),
    };
  }

  private open(filePath: string, alive: <Result>(work: () => Result | Promise<Result>) => Promise<Result>): AppendFile {
    if (path.dirname(filePath) !== '.' && !this.directories.has(path.dirname(filePath)))
      throw new Error(`ENOENT: no such directory, open '${filePath}'`);
    let file = this.names.get(filePath);
    if (file === undefined) {
      file = { bytes: new Uint8Array(), durable: new Uint8Array() };
      this.names.set(filePath, file);
    }
    const opened = file;
    return {
      append: (bytes) =>
        alive(() => {
          const failure = this.takeFailure('append');
          const written = failure === undefined ? bytes : bytes.subarray(0, bytes.byteLength >> 1);
          const joined = new Uint8Array(opened.bytes.byteLength + written.byteLength);
          joined.set(opened.bytes);
          joined.set(written, opened.bytes.byteLength);
          opened.bytes = joined;
          if (failure !== undefined) throw new Error(failure);
        }),
      sync: () =>
        alive(async () => {
          const failure = this.takeFailure('sync');
          if (failure !== undefined) throw new Error(failure);
          const atCall = opened.bytes;
          if (this.syncMs > 0) await new Promise<void>((resolve) => this.process.plan(this.syncMs, resolve));
          opened.durable = atCall;
          this.syncs += 1;
        }),
      truncate: (sizeBytes) =>
        alive(() => {
          const resized = new Uint8Array(sizeBytes);
          resized.set(opened.bytes.subarray(0, sizeBytes));
          opened.bytes = resized;
        }),
      size: () => opened.bytes.byteLength,
      close: () => alive(() => undefined),
    };
  }

  private list(directory: string): readonly string[] {
    const entries = [...this.names.keys(), ...this.directories];
    return entries
      .filter((entry) => path.dirname(entry) === directory && entry !== directory)
      .map((entry) => path.basename(entry))
      .sort();
  }

  private syncDirectory(directory: string): void {
    for (const name of [...this.durableNames.keys()]) {
      if (path.dirname(name) === directory && !this.names.has(name)) this.durableNames.delete(name);
    }
    for (const [name, file] of this.names) {
      if (path.dirname(name) === directory) this.durableNames.set(name, file);
    }
  }

  private takeFailure(operation: FaultyOperation): string | undefined {
    const at = this.failures.findIndex((failure) => failure.operation === operation);
    return at === -1 ? undefined : this.failures.splice(at, 1)[0]?.message;
  }

  private afterCrash({ bytes, durable }: VirtualFile, unsyncedTail: UnsyncedTail): Uint8Array {
    const onlyAppended = bytes.byteLength > durable.byteLength && durable.every((byte, at) => byte === bytes[at]);
    if (unsyncedTail === 'lost' || !onlyAppended) return durable;
    const unsyncedBytes = bytes.byteLength - durable.byteLength;
    const kept = durable.byteLength + Math.floor(this.random.uniform() * (unsyncedBytes + 1));
    if (unsyncedTail === 'cut') return bytes.slice(0, kept);
    const garbled = bytes.slice();
    garbled.fill(0, kept);
    return garbled;
  }
}
