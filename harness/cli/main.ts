#!/usr/bin/env node
/**
 * The `harness` command. Checks the version of Node.js before anything that an old one could not even parse is loaded.
 * Try it: npx harness --help
 */
import { nodeVersionProblem } from './node-version.ts';

const problem = nodeVersionProblem(process.version);
if (problem === undefined) {
  const { runCommandLine } = await import('./command-line.ts');
  const exitCode = await runCommandLine(process);
  // Everything is closed by now. Leaving on purpose keeps a handle that somebody forgot from holding up a CI job.
  process.exit(exitCode);
} else {
  process.stderr.write(problem);
  process.exitCode = 64;
}
