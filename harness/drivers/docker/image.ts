/**
 * The image that nodes are started from: `docker/Dockerfile`, a base that has Node.js, and the target's files. It is named by its content,
 * so that a second run finds it made.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type Docker from 'dockerode';
import { InfrastructureError } from '../../infrastructure-error.ts';
import type { Engine } from './engine.ts';
import { explainEngineError, statusOf } from './engine-error.ts';
import { imageLabel } from './labels.ts';

/** Made by `scripts/container-engine.sh` where there is no registry to pull from. */
const localBase = 'seamproof-base:latest';
const usualBase = 'node:22-bookworm-slim';
/** Where the Dockerfile puts the target's files. */
const filesDirectory = '/seamproof';

export interface NodeImage {
  readonly name: string;
  pathOf(file: string): string;
}

export interface NodeImageOptions {
  /** Of this machine. */
  readonly files: readonly string[];
  /** Absent: one of our own if it is there, else the usual one. */
  readonly base?: string;
  readonly note: (text: string) => void;
}

/** Throws an `InfrastructureError` when it can't be made. */
export async function ensureNodeImage({ docker, address }: Engine, options: NodeImageOptions): Promise<NodeImage> {
  const { files, note } = options;
  const names = namesOf(files);
  try {
    const base = await ensureBase(docker, options);
    const name = `seamproof-node:${contentHash(base.id, files)}`;
    if ((await imageId(docker, name)) === undefined) {
      note(`building the image ${name} from ${base.name}`);
      await build(docker, { name, base: base.name, names });
    }
    return { name, pathOf: (file) => path.posix.join(filesDirectory, names.get(file) ?? '') };
  } catch (error) {
    throw explainEngineError(error, 'the image for the nodes could not be made', address);
  }
}

/** File on this machine → its name in the image. */
function namesOf(files: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map(files.map((file) => [file, path.basename(file)]));
  if (new Set(names.values()).size < names.size) throw new Error(`two of the target's files have the same name: ${files.join(', ')}`);
  return names;
}

async function ensureBase(docker: Docker, { base, note }: NodeImageOptions): Promise<{ readonly name: string; readonly id: string }> {
  for (const name of base === undefined ? [localBase, usualBase] : [base]) {
    const id = await imageId(docker, name);
    if (id !== undefined) return { name, id };
  }
  const name = base ?? usualBase;
  note(`pulling ${name}`);
  try {
    await finished(docker, await docker.pull(name));
  } catch (error) {
    throw new InfrastructureError(
      'deploy',
      `the base image ${name} is not here and could not be pulled: ${error instanceof Error ? error.message : String(error)}`,
      'name one that is here with --docker-base, or make one (docs/containers.md)',
      { cause: error },
    );
  }
  return { name, id: (await imageId(docker, name)) ?? '' };
}

async function imageId(docker: Docker, name: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(name).inspect()).Id;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

function contentHash(baseId: string, files: readonly string[]): string {
  const hash = createHash('sha256').update(baseId).update(readFileSync(dockerfile()));
  for (const file of files) hash.update(`\0${path.basename(file)}\0`).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

interface Build {
  readonly name: string;
  readonly base: string;
  readonly names: ReadonlyMap<string, string>;
}

async function build(docker: Docker, { name, base, names }: Build): Promise<void> {
  const context = mkdtempSync(path.join(tmpdir(), 'seamproof-image-'));
  try {
    mkdirSync(path.join(context, 'files'));
    copyFileSync(dockerfile(), path.join(context, 'Dockerfile'));
    for (const [file, inside] of names) copyFileSync(file, path.join(context, 'files', inside));
    const stream = await docker.buildImage(
      { context, src: ['Dockerfile', ...[...names.values()].map((inside) => `files/${inside}`)] },
      { t: name, buildargs: { BASE: base }, labels: { [imageLabel]: 'node' }, rm: true, forcerm: true },
    );
    await finished(docker, stream);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

/** The engine reports a failure inside an answer that began with 200. */
function finished(docker: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(stream, (error: unknown, events: readonly { readonly error?: string }[] | null) => {
      const failed = events?.find((event) => event.error !== undefined)?.error;
      if (error !== null && error !== undefined) reject(error);
      else if (failed !== undefined) reject(new Error(failed));
      else resolve();
    });
  });
}

/** Both from `dist/` and from source it is the package's own. */
function dockerfile(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const found = ['../../../docker/Dockerfile', '../../../../docker/Dockerfile'].map((up) => path.resolve(here, up)).find(existsSync);
  if (found === undefined) throw new Error(`docker/Dockerfile is missing from the package (looked from ${here})`);
  return found;
}
