/** One host during a run: logged in to, with our files on it, an agent that runs its nodes, and tunnels both ways. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'ssh2';
import { describeHost, type SshConfig, type SshHost } from '../../config/index.ts';
import { InfrastructureError } from '../../infrastructure-error.ts';
import type { NodeExit } from '../types.ts';
import { statusSchema } from './agent/protocol.ts';
import { type AgentLink, openAgentLink } from './agent-link.ts';
import { nodeScript, openCommand, quoted } from './command.ts';
import { type Access, connect } from './connection.ts';
import { type HostFiles, type LocalFile, prepareHost } from './host-files.ts';
import { openTunnels, type Tunnels } from './tunnels.ts';

export interface OpenHost {
  readonly name: string;
  readonly files: HostFiles;
  readonly agent: AgentLink;
  readonly tunnels: Tunnels;
  /** Brings the log of a node here, as it is now. */
  fetchLog(node: string, directory: string): Promise<void>;
  /** Ends the agent and the connection. What the agent left is for `undoHost` to find. */
  close(): Promise<void>;
}

export interface HostEvents {
  /** Logged in: from now on something of ours may be there. */
  reached(): void;
  exited(node: string, exit: NodeExit): void;
  /** The connection or the agent is gone without having been asked to. */
  lost(reason: InfrastructureError): void;
}

export interface HostOptions {
  readonly host: SshHost;
  readonly access: Access;
  readonly node: string;
  readonly network: SshConfig['network'];
  readonly runName: string;
  readonly agentFile: LocalFile;
  readonly files: readonly LocalFile[];
  readonly basePort?: number;
  readonly events: HostEvents;
}

const endsWithinMs = 20_000;

export async function openHost(options: HostOptions): Promise<OpenHost> {
  const { host, access, node, network, runName, agentFile, basePort, events } = options;
  const name = describeHost(host);
  const connection = await connect(host, access);
  const { client } = connection;
  let why = 'it was closed at the other end';
  client.on('error', (error) => {
    why = error.message;
  });
  events.reached();
  try {
    const files = await prepareHost({ client, hostName: name, node, runName, files: [agentFile, ...options.files] });
    const words = [files.nodeExecutable, files.pathOf(agentFile.file), 'serve', files.runDirectory, network];
    const channel = await openCommand(client, [...words, ...(basePort === undefined ? [] : [String(basePort)])].map(quoted).join(' '));
    const lost = (said: string): void =>
      events.lost(
        new InfrastructureError(
          'deploy',
          `the connection to ${name} was lost (${said === '' ? why : said}); what was seen says nothing about the pipeline`,
          `ssh -p ${host.port} ${host.host} true, and look at its logs; then run again`,
        ),
      );
    const agent = openAgentLink(channel, name, { exited: events.exited, lost });
    const tunnels = openTunnels(client);
    return {
      name,
      files,
      agent,
      tunnels,
      fetchLog: (nodeName, directory) => fetchLog(client, files, nodeName, directory),
      async close() {
        await Promise.race([agent.end(), afterMs(endsWithinMs)]);
        await tunnels.close();
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

const printScript = `process.stdin.destroy(); require('fs').createReadStream(process.argv[1]).on('error', () => process.exit(0)).pipe(process.stdout);`;

async function fetchLog(client: Client, { nodeExecutable, runDirectory }: HostFiles, node: string, directory: string): Promise<void> {
  const channel = await openCommand(client, nodeScript(nodeExecutable, printScript, path.posix.join(runDirectory, 'logs', `${node}.log`)));
  await mkdir(directory, { recursive: true });
  await pipeline(channel, createWriteStream(path.join(directory, `${node}.log`)));
}

export async function askStatus(agent: AgentLink, node: string) {
  return statusSchema.parse(await agent.ask({ verb: 'status', node }));
}

function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
