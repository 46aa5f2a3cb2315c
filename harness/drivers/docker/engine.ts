/**
 * The container engine of this machine: where it listens, and whether it can do what the driver needs.
 *
 * It has to be of this machine: nodes are reached through ports published on 127.0.0.1.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type Docker from 'dockerode';
import { within } from '../../deadline.ts';
import { InfrastructureError } from '../../infrastructure-error.ts';
import { explainEngineError } from './engine-error.ts';

/** `unix:///path` or `tcp://127.0.0.1:port`, as in `DOCKER_HOST`. */
export type EngineAddress = string;

export interface Engine {
  readonly docker: Docker;
  readonly address: EngineAddress;
  readonly version: string;
}

/** 20.10: `host-gateway`, and the platform of every distribution that is still maintained. */
const oldestApi = [1, 41] as const;
const oldestVersion = '20.10';
const connectTimeoutMs = 10_000;
const usualSocket = '/var/run/docker.sock';

/** Where an engine may listen when `DOCKER_HOST` doesn't say: the system's, a rootless one, Docker Desktop's. */
export function engineAddress(environment: Readonly<Record<string, string | undefined>> = process.env): EngineAddress {
  const told = environment['DOCKER_HOST'];
  if (told !== undefined && told !== '') return told;
  const sockets = [
    usualSocket,
    ...(environment['XDG_RUNTIME_DIR'] === undefined ? [] : [path.join(environment['XDG_RUNTIME_DIR'], 'docker.sock')]),
    path.join(homedir(), '.docker/run/docker.sock'),
  ];
  return `unix://${sockets.find((socket) => existsSync(socket)) ?? usualSocket}`;
}

/** Throws an `InfrastructureError` that says what to do when there is no engine, or one that won't do. */
export async function connectEngine(address: EngineAddress = engineAddress()): Promise<Engine> {
  // Loaded only when containers are wanted: it brings libraries along that nobody else needs.
  const { default: DockerClient } = await import('dockerode');
  const docker = new DockerClient(optionsFor(address));
  let version: Docker.DockerVersion;
  try {
    version = await within(connectTimeoutMs, docker.version());
  } catch (error) {
    throw explainEngineError(error, 'the container engine cannot be used', address);
  }
  refuseUnsuitable(version);
  return { docker, address, version: version.Version };
}

function optionsFor(address: EngineAddress): Docker.DockerOptions {
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'tcp:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    return { protocol: 'http', host: url.hostname, port: url.port };
  }
  throw new InfrastructureError(
    'deploy',
    `the container engine at ${address} is not on this machine, so that the ports of its containers can't be reached`,
    'point DOCKER_HOST at a local one (unix:///var/run/docker.sock, tcp://127.0.0.1:2375), or use --driver ssh for other hosts',
  );
}

export function refuseUnsuitable({ Version, ApiVersion, Os }: Pick<Docker.DockerVersion, 'Version' | 'ApiVersion' | 'Os'>): void {
  const [major = 0, minor = 0] = ApiVersion.split('.').map(Number);
  if (major < oldestApi[0] || (major === oldestApi[0] && minor < oldestApi[1])) {
    throw new InfrastructureError(
      'deploy',
      `the container engine is too old: version ${Version}, API ${ApiVersion}; expected ${oldestVersion} (API ${oldestApi.join('.')}) or newer`,
      'upgrade the engine, or use --driver local',
    );
  }
  if (Os !== 'linux') {
    throw new InfrastructureError(
      'deploy',
      `the container engine runs ${Os} containers; nodes need linux`,
      'switch it to Linux containers, or use --driver local',
    );
  }
}
