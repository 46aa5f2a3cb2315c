/**
 * A disk that can be made to fail: full, slow, or with syncs that never come back while whatever is appended stays in memory. Of the last, a
 * process that is killed leaves on the disk what was synced, and no more, as after a power failure. Names are not part of it: files that were
 * created, renamed or removed are so at once.
 */
import type { AppendFile, Disk } from '../port.ts';

export interface DiskFault {
  /** Appends fail with ENOSPC, after some of their bytes. */
  readonly full: boolean;
  /** Every sync takes this much longer. */
  readonly syncDelayMs: number;
  /** No sync ends, and what is appended waits for one in memory. */
  readonly holdSyncs: boolean;
}

export const soundDisk: DiskFault = { full: false, syncDelayMs: 0, holdSyncs: false };

export interface DiskEffects {
  /** Appends that found the disk full. */
  readonly refusedAppends: number;
  readonly delayedSyncs: number;
  /** Bytes that a kill would lose now. */
  readonly unsyncedBytes: number;
}

export interface FaultyDisk extends Disk {
  /** Takes the place of what was wrong before; syncs that were held go on when they are held no longer. */
  break(fault: DiskFault): void;
  /** Since the node began. */
  effects(): DiskEffects;
}

class DiskFullError extends Error {
  readonly code = 'ENOSPC';

  constructor(path: string) {
    super(`ENOSPC: no space left on device, write '${path}'`);
    this.name = 'DiskFullError';
  }
}

/** What all files of one disk share. */
interface Machine {
  fault: DiskFault;
  refusedAppends: number;
  delayedSyncs: number;
  /** Resolves once syncs are held no longer. */
  released(): Promise<void>;
  readonly delay: (ms: number) => Promise<void>;
}

export function createFaultyDisk(sound: Disk, delay: (ms: number) => Promise<void>): FaultyDisk {
  const files = new Set<FaultyFile>();
  let release: () => void = () => undefined;
  let released: Promise<void> = Promise.resolve();
  const machine: Machine = { fault: soundDisk, refusedAppends: 0, delayedSyncs: 0, released: () => released, delay };
  return {
    ...sound,
    openAppend: async (path) => {
      const file: FaultyFile = new FaultyFile(await sound.openAppend(path), path, machine, () => files.delete(file));
      files.add(file);
      return file;
    },
    readFile: async (path) => {
      for (const file of files) if (file.path === path) await file.flush();
      return sound.readFile(path);
    },
    break: (fault) => {
      if (fault.holdSyncs && !machine.fault.holdSyncs) {
        released = new Promise((resolve) => {
          release = resolve;
        });
      }
      machine.fault = fault;
      if (!fault.holdSyncs) release();
    },
    effects: () => ({
      refusedAppends: machine.refusedAppends,
      delayedSyncs: machine.delayedSyncs,
      unsyncedBytes: [...files].reduce((sum, { unsyncedBytes }) => sum + unsyncedBytes, 0),
    }),
  };
}

class FaultyFile implements AppendFile {
  readonly path: string;
  readonly #file: AppendFile;
  readonly #machine: Machine;
  readonly #forget: () => void;
  /** Appended while syncs were held, and not yet written. */
  #unsynced: Uint8Array[] = [];
  /** Writes to the file below take their turns: a sync that goes on may meet an append. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(file: AppendFile, path: string, machine: Machine, forget: () => void) {
    this.#file = file;
    this.path = path;
    this.#machine = machine;
    this.#forget = forget;
  }

  get unsyncedBytes(): number {
    return this.#unsynced.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  async append(bytes: Uint8Array): Promise<void> {
    const { fault } = this.#machine;
    if (fault.full) {
      this.#machine.refusedAppends += 1;
      await this.#write(bytes.subarray(0, bytes.byteLength >> 1));
      throw new DiskFullError(this.path);
    }
    if (fault.holdSyncs) this.#unsynced.push(bytes.slice());
    else await this.#write(bytes);
  }

  async sync(): Promise<void> {
    const { syncDelayMs } = this.#machine.fault;
    if (syncDelayMs > 0) {
      this.#machine.delayedSyncs += 1;
      await this.#machine.delay(syncDelayMs);
    }
    // What was appended before is not held back: it is in the file already, and would survive a kill.
    if (this.#machine.fault.holdSyncs && this.#unsynced.length > 0) await this.#machine.released();
    await this.flush();
    await this.#file.sync();
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.flush();
    await this.#file.truncate(sizeBytes);
  }

  size(): number {
    return this.#file.size() + this.unsyncedBytes;
  }

  async close(): Promise<void> {
    this.#forget();
    await this.flush();
    await this.#file.close();
  }

  /** Hands on what was kept, durable or not. */
  flush(): Promise<void> {
    return this.#write(new Uint8Array());
  }

  #write(bytes: Uint8Array): Promise<void> {
    const turn = this.#tail.then(async () => {
      const waiting = this.#unsynced;
      this.#unsynced = [];
      for (const part of [...waiting, bytes]) if (part.byteLength > 0) await this.#file.append(part);
    });
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}
