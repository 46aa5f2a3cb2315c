/** Brings what a node left out of its container: all that it printed, and its data directory. */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { dataDirectory } from './container.ts';

const frameHeaderBytes = 8;

/** Everything of all lives so far, as `logs/<node>.log`. */
export async function collectLog(container: Docker.Container, node: string, runDirectory: string): Promise<void> {
  const framed = await container.logs({ stdout: true, stderr: true, follow: false });
  const directory = path.join(runDirectory, 'logs');
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, `${node}.log`), unframe(framed));
}

/** As `data/<node>.tar`. */
export async function collectData(container: Docker.Container, node: string, runDirectory: string): Promise<void> {
  const directory = path.join(runDirectory, 'data');
  mkdirSync(directory, { recursive: true });
  await pipeline(await container.getArchive({ path: dataDirectory }), createWriteStream(path.join(directory, `${node}.tar`)));
}

/** Each piece of output comes behind eight bytes: the stream it went to, three zeros, its length (Engine API, "attach"). */
export function unframe(framed: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at + frameHeaderBytes <= framed.length; ) {
    const from = at + frameHeaderBytes;
    const length = framed.readUInt32BE(at + 4);
    pieces.push(framed.subarray(from, from + length));
    at = from + length;
  }
  return Buffer.concat(pieces);
}
