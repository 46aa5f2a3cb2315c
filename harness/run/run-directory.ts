/** Where a run keeps what it leaves: `<runs>/<name>/<timestamp>/`, with `<runs>/latest` a link to the newest. */
import { mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';

/** Makes the directory and points `latest` at it. Two runs that start in the same millisecond get directories of their own. */
export async function createRunDirectory(runsDirectory: string, name: string, startedAt: Date): Promise<string> {
  const parent = path.resolve(runsDirectory, name);
  await mkdir(parent, { recursive: true });
  const stamp = startedAt.toISOString().replaceAll(':', '-').replace('Z', '');
  const directory = await makeFirstFree(parent, stamp);
  await pointLatest(path.resolve(runsDirectory), directory);
  return directory;
}

async function makeFirstFree(parent: string, stamp: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const directory = path.join(parent, attempt === 1 ? stamp : `${stamp}-${attempt}`);
    try {
      await mkdir(directory);
      return directory;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** By renaming a finished link over the old one, so that a reader finds either run and never nothing. */
async function pointLatest(runsDirectory: string, directory: string): Promise<void> {
  const link = path.join(runsDirectory, 'latest');
  const next = path.join(runsDirectory, `.latest-${process.pid}`);
  await rm(next, { force: true });
  await symlink(path.relative(runsDirectory, directory), next);
  await rename(next, link);
}

/** The directory somebody meant: the link `latest` is followed, so that reports name the run itself. */
export async function resolveRunDirectory(given: string): Promise<string> {
  const directory = path.resolve(given);
  try {
    return path.resolve(path.dirname(directory), await readlink(directory));
  } catch {
    return directory;
  }
}
