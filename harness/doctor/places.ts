/** Where nodes could run from here: for each driver whether it can be used, and if not, why and what to do. */
import type { Client } from 'ssh2';
import { describeHost, type SshConfig, type SshHost } from '../config/index.ts';
import { connectEngine } from '../drivers/docker/engine.ts';
import { nodeScript, runCommand } from '../drivers/ssh/command.ts';
import { type Access, connect, readAccess } from '../drivers/ssh/connection.ts';
import { openTunnels } from '../drivers/ssh/tunnels.ts';
import { InfrastructureError } from '../infrastructure-error.ts';
import { type Finding, messageOf } from './finding.ts';
import { examineNode } from './machine.ts';

export interface Place {
  readonly driver: string;
  readonly usable: boolean;
  /** Why not, or what there is. */
  readonly findings: readonly Finding[];
}

const commandWithinMs = 15_000;

export async function examinePlaces(ssh: SshConfig | undefined): Promise<readonly Place[]> {
  const [docker, hosts] = await Promise.all([examineDocker(), examineSsh(ssh)]);
  return [examineLocal(), docker, hosts];
}

function examineLocal(): Place {
  if (process.platform !== 'win32') return place('local', [{ subject: 'local', state: 'good', detail: 'processes of this machine' }]);
  return place('local', [
    {
      subject: 'local',
      state: 'bad',
      detail: 'Windows has no signals that pause a process',
      advice: 'run the harness in WSL, or in a container',
    },
  ]);
}

async function examineDocker(): Promise<Place> {
  try {
    const { version, address } = await connectEngine();
    return place('docker', [{ subject: 'docker', state: 'good', detail: `engine ${version} at ${address}` }]);
  } catch (error) {
    return place('docker', [failure('docker', error)]);
  }
}

async function examineSsh(ssh: SshConfig | undefined): Promise<Place> {
  if (ssh === undefined) {
    return place('ssh', [
      { subject: 'ssh', state: 'bad', detail: 'no hosts were named', advice: 'harness doctor --nodes ada@host-1,ada@host-2' },
    ]);
  }
  try {
    const access = readAccess(ssh);
    return place('ssh', (await Promise.all(ssh.hosts.map((host) => examineHost(host, ssh, access)))).flat());
  } catch (error) {
    return place('ssh', [failure('ssh', error)]);
  }
}

async function examineHost(host: SshHost, { node, network }: SshConfig, access: Access): Promise<readonly Finding[]> {
  const name = describeHost(host);
  try {
    const connection = await connect(host, access);
    connection.client.on('error', () => undefined);
    try {
      return [
        await examineHostNode(connection.client, name, node),
        ...(network === 'tunnel' ? [await examineForwarding(connection.client, name)] : []),
      ];
    } finally {
      await connection.close();
    }
  } catch (error) {
    return [failure(name, error)];
  }
}

async function examineHostNode(client: Client, name: string, node: string): Promise<Finding> {
  const { code, stdout, stderr } = await runCommand(client, nodeScript(node, 'console.log(process.versions.node)'), commandWithinMs);
  if (code !== 0) {
    const advice = '--ssh-node with its path there: what a login shell adds to PATH, a command over SSH does not see';
    return { subject: name, state: 'bad', detail: `reachable, and no Node.js at ${node}: ${stderr}`, advice };
  }
  return { ...examineNode(stdout.toString('utf8').trim()), subject: name };
}

async function examineForwarding(client: Client, name: string): Promise<Finding> {
  const tunnels = openTunnels(client);
  try {
    await tunnels.fromHost({ host: '127.0.0.1', port: 1 });
    return { subject: name, state: 'good', detail: 'connections can be forwarded' };
  } catch (error) {
    const advice = 'AllowTcpForwarding yes in its sshd_config, or --ssh-network direct';
    return { subject: name, state: 'bad', detail: `connections can't be forwarded: ${messageOf(error)}`, advice };
  } finally {
    await tunnels.close();
  }
}

function failure(subject: string, error: unknown): Finding {
  const advice = error instanceof InfrastructureError ? error.advice : undefined;
  return { subject, state: 'bad', detail: messageOf(error), ...(advice === undefined ? {} : { advice }) };
}

function place(driver: string, findings: readonly Finding[]): Place {
  return { driver, findings, usable: findings.every(({ state }) => state !== 'bad') };
}
