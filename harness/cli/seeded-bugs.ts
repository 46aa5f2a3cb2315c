/**
 * The reference pipeline's seeded bugs. The pipeline is never imported (what is under test must not run inside the test), so a process of
 * its own reads the registry out, like any other question to it.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { BugEntry } from '../config/index.ts';

const bugsSchema = z.array(
  z.object({
    name: z.string(),
    description: z.string(),
    nemesis: z.string(),
    workload: z.string(),
    settings: z.record(z.string(), z.string()).exactOptional(),
    caughtBy: z.string(),
  }),
);

const deadlineMs = 10_000;

/** Always the built one, also when this file runs from source. */
function registryUrl(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const root = path.resolve(here, '../..');
  return pathToFileURL(path.join(path.basename(root) === 'dist' ? root : path.join(root, 'dist'), 'target-pipeline/bugs/index.js')).href;
}

export async function readSeededBugs(): Promise<readonly BugEntry[]> {
  const script = `import { bugs } from ${JSON.stringify(registryUrl())}; process.stdout.write(JSON.stringify(bugs));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { timeout: deadlineMs });
  return bugsSchema.parse(JSON.parse(stdout));
}
