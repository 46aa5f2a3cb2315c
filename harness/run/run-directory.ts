/** The directory of a run: `runs/<name>/<timestamp>/`, with `runs/latest` a link to the newest. */
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
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
  // Made beside it and moved over it: whoever follows the link meanwhile finds the one or the other, also when two runs begin at once.
  const fresh = `${link}-${process.pid}-${path.basename(directory)}`;
  try {
    symlinkSync(path.relative(runsDirectory, directory), fresh);
    renameSync(fresh, link);
  } catch {
    // A convenience: where links can't be made, the run is no worse for it.
    rmSync(fresh, { force: true });
  }
}
