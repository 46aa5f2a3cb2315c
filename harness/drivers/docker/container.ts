/** What the container of a node is: pure, so that what it may and may not do can be read and tested. */
import type Docker from 'dockerode';
import type { NodeSpec } from '../types.ts';
import { labelsOf, nameOf } from './labels.ts';

export interface ContainerLimits {
  readonly memoryMb: number;
  readonly cpus: number;
}

export interface ContainerSettings {
  readonly runId: string;
  readonly image: string;
  readonly network: string;
  /** On 127.0.0.1 of this machine. */
  readonly publishedPort: number;
  readonly limits: ContainerLimits;
}

export const dataDirectory = '/data';
/** The same in every container: each has addresses of its own. */
export const nodePort = 8080;
const processesMax = 256;
const loopback = '127.0.0.1';

export function containerFor(spec: NodeSpec, settings: ContainerSettings): Docker.ContainerCreateOptions {
  const { runId, image, network, publishedPort, limits } = settings;
  const port = `${spec.port}/tcp`;
  const labels = labelsOf(runId, spec.name);
  const memory = limits.memoryMb * 1024 * 1024;
  return {
    name: nameOf(runId, spec.name),
    Hostname: spec.name,
    Image: image,
    Cmd: [...spec.argv],
    Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labels },
    ExposedPorts: { [port]: {} },
    HostConfig: {
      NetworkMode: network,
      PortBindings: { [port]: [{ HostIp: loopback, HostPort: String(publishedPort) }] },
      // NET_ADMIN is for the packet filters of faults, set by root from outside. The node's own user gets nothing of it: the image has no
      // programs that make one root. (`no-new-privileges` would take it from root, too.)
      CapDrop: ['ALL'],
      CapAdd: ['NET_ADMIN'],
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': '', '/run': '' },
      Mounts: [
        {
          Type: 'volume',
          Source: nameOf(runId, spec.name),
          Target: dataDirectory,
          VolumeOptions: { Labels: { ...labels }, NoCopy: false, DriverConfig: { Name: 'local', Options: {} } },
        },
      ],
      Memory: memory,
      // The same again: no swap, which would turn running out of memory into a slowness that nobody sees.
      MemorySwap: memory,
      NanoCpus: Math.round(limits.cpus * 1e9),
      PidsLimit: processesMax,
      // Others may not let their logs be read back, and those are evidence.
      LogConfig: { Type: 'json-file', Config: {} },
    },
  };
}
