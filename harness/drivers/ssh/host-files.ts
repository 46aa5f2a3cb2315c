/** What a host needs of us: a directory for the run, and our files, which stay there for the next run and are known by their content. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from 'ssh2';
import { z } from 'zod';
import { InfrastructureError } from '../../infrastructure-error.ts';
import { nodeScript, runCommand } from './command.ts';

export interface LocalFile {
  readonly file: string;
  readonly sha256: string;
  readonly content: Buffer;
}

export interface HostFiles {
  /** The run's own directory there, which nobody else may look into. */
  readonly runDirectory: string;
  pathOf(file: string): string;
  readonly nodeExecutable: string;
  readonly nodeVersion: string;
  /** The host's clock less ours, give or take half of `roundTripMs`. */
  readonly clockOffsetMs: number;
  readonly roundTripMs: number;
  /** How many files were not there yet. */
  readonly uploaded: number;
}

const scriptTimeoutMs = 20_000;
const uploadTimeoutMs = 120_000;
const oldestNode = { major: 20, minor: 19 };

/** Below the home directory: the temporary one may be in memory, or be swept while a run is on. */
const lookScript = `
const fs = require('fs'), os = require('os'), path = require('path'), { createHash } = require('crypto');
const [run, ...wanted] = process.argv.slice(1);
const cache = path.join(os.homedir(), '.cache', 'seamproof');
fs.mkdirSync(cache, { recursive: true, mode: 0o700 });
const runDirectory = path.join(cache, run);
fs.mkdirSync(runDirectory, { recursive: true, mode: 0o700 });
const has = (name) => {
  try { return createHash('sha256').update(fs.readFileSync(path.join(cache, name))).digest('hex') === name.slice(0, 64); }
  catch { return false; }
};
console.log(JSON.stringify({ cache, runDirectory, missing: wanted.filter((name) => !has(name)), node: process.execPath,
  version: process.versions.node, clockMs: Date.now() }));
`;

const lookSchema = z.object({
  cache: z.string(),
  runDirectory: z.string(),
  missing: z.array(z.string()),
  node: z.string(),
  version: z.string(),
  clockMs: z.number(),
});

/** Under another name until it is whole: what has its name is what it says. */
const receiveScript = `
const fs = require('fs'), { createHash, randomUUID } = require('crypto');
const [file, sha256] = process.argv.slice(1);
const content = fs.readFileSync(0);
if (createHash('sha256').update(content).digest('hex') !== sha256) throw new Error('the file arrived damaged');
const part = file + '.' + randomUUID();
try { fs.writeFileSync(part, content, { mode: 0o600 }); fs.renameSync(part, file); }
catch (error) { fs.rmSync(part, { force: true }); throw error; }
`;

export function readLocalFile(file: string): LocalFile {
  const content = readFileSync(file);
  return { file, content, sha256: createHash('sha256').update(content).digest('hex') };
}

/** Throws an `InfrastructureError` when the host can't run nodes. `hostName` is for messages. */
export async function prepareHost(options: {
  readonly client: Client;
  readonly hostName: string;
  readonly node: string;
  /** Name of the run's directory. */
  readonly runName: string;
  readonly files: readonly LocalFile[];
}): Promise<HostFiles> {
  const { client, hostName, node, runName, files } = options;
  const cacheNameOf = ({ file, sha256 }: LocalFile): string => `${sha256}${path.extname(file)}`;
  const askedAt = Date.now();
  const looked = await runCommand(client, nodeScript(node, lookScript, runName, ...files.map(cacheNameOf)), scriptTimeoutMs);
  const roundTripMs = Date.now() - askedAt;
  if (looked.code === 127 || looked.code === 126) {
    throw new InfrastructureError(
      'deploy',
      `${hostName} has no Node.js at ${node}: ${looked.stderr}`,
      '--ssh-node with its path there: what a login shell adds to PATH, a command over SSH does not see',
    );
  }
  if (looked.code !== 0) throw new InfrastructureError('deploy', `${hostName} can't be made ready: ${lastLineOf(looked.stderr)}`);
  const found = lookSchema.parse(JSON.parse(looked.stdout.toString('utf8')));
  refuseOldNode(hostName, found.version);
  for (const file of files.filter((one) => found.missing.includes(cacheNameOf(one)))) {
    const script = nodeScript(node, receiveScript, path.posix.join(found.cache, cacheNameOf(file)), file.sha256);
    const sent = await runCommand(client, script, uploadTimeoutMs, file.content);
    if (sent.code !== 0)
      throw new InfrastructureError('deploy', `${path.basename(file.file)} can't be put on ${hostName}: ${lastLineOf(sent.stderr)}`);
  }
  return {
    runDirectory: found.runDirectory,
    nodeExecutable: found.node,
    nodeVersion: found.version,
    clockOffsetMs: Math.round(found.clockMs - (askedAt + roundTripMs / 2)),
    roundTripMs,
    uploaded: found.missing.length,
    pathOf: (wanted) => {
      const file = files.find((one) => one.file === wanted);
      if (file === undefined) throw new Error(`${wanted} is not among the files that were taken to the host`);
      return path.posix.join(found.cache, cacheNameOf(file));
    },
  };
}

function refuseOldNode(hostName: string, version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldestNode.major || (major === oldestNode.major && minor >= oldestNode.minor)) return;
  throw new InfrastructureError(
    'deploy',
    `${hostName} has Node.js ${version}; nodes need ${oldestNode.major}.${oldestNode.minor} or newer`,
    '--ssh-node with the path of a newer one there',
  );
}

/** Node.js says what was wrong in a line that begins with `Error:`, in the middle of a stack. */
function lastLineOf(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? 'it did not say why';
}
