/** The directory of a run: `runs/<name>/<timestamp>/`, with `runs/latest` a link to the newest. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';

export function createRunDirectory(runsDirectory: string, name: string, startedAtIso: string): string {
  const stamp = startedAtIso.replaceAll(/[:.]/g, '-');
  const parent = path.resolve(runsDirectory, name);
  mkdirSync(parent, { recursive: true });
  for (let suffix = 0; ; suffix += 1) {
    const directory = path.join(parent, suffix === 0 ? stamp : `${stamp}-${suffix}`);
    try {
      mkdirSync(directory);
    } catch (error) {
      // Another run of the same name began in the same millisecond.
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue;
      throw error;
    }
    linkLatest(path.resolve(runsDirectory), directory);
    return directory;
  }
}

function linkLatest(runsDirectory: string, directory: string): void {
  const link = path.join(runsDirectory, 'latest');
  try {
    rmSync(link, { force: true });
    symlinkSync(path.relative(runsDirectory, directory), link);
  } catch {
    // A convenience: where links can't be made, the run is no worse for it.
  }
}
