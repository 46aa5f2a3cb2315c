/** Files by node:fs, with the durability the port promises. */
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { AppendFile, Disk } from '../port.ts';

export const realDisk: Disk = {
  openAppend: async (filePath) => {
    const handle = await open(filePath, 'a');
    return appendTo(handle, filePath, (await handle.stat()).size);
  },
  readFile: async (filePath) => {
    try {
      return await readFile(filePath);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  list: async (directory) => {
    try {
      return (await readdir(directory)).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  rename,
  remove: (filePath) => rm(filePath, { force: true }),
  mkdirp: async (directory) => {
    const firstCreated = await mkdir(directory, { recursive: true });
    if (firstCreated === undefined) return;
    // A new directory is a name in its parent, and survives a crash once the parent is synced.
    const oldest = path.dirname(path.resolve(firstCreated));
    let parent = path.resolve(directory);
    do {
      parent = path.dirname(parent);
      await syncDirectory(parent);
    } while (parent !== oldest);
  },
  syncDirectory,
};

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function appendTo(handle: FileHandle, filePath: string, initialSize: number): AppendFile {
  let size = initialSize;
  // After a failed fsync the kernel may have dropped the dirty pages and call the next fsync a success (Rebello et al., "Can Applications
  // Recover from fsync Failures?", ATC 2020). The file takes nothing more; its owner must reopen it and read what is really there.
  let failedSync: unknown;
  const refuseAfterFailedSync = (): void => {
    if (failedSync !== undefined) throw new Error(`${filePath}: a sync failed before, so nothing more is written`, { cause: failedSync });
  };

  return {
    append: async (bytes) => {
      refuseAfterFailedSync();
      let written = 0;
      while (written < bytes.byteLength) {
        const { bytesWritten } = await handle.write(bytes, written, bytes.byteLength - written);
        written += bytesWritten;
        size += bytesWritten;
      }
    },
    sync: async () => {
      refuseAfterFailedSync();
      try {
        await handle.datasync();
      } catch (error) {
        failedSync = error;
        throw error;
      }
    },
    truncate: async (sizeBytes) => {
      refuseAfterFailedSync();
      await handle.truncate(sizeBytes);
      size = sizeBytes;
    },
    size: () => size,
    close: () => handle.close(),
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
