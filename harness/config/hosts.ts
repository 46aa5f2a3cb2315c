/** Hosts as people write them: `user@host:port`, separated by commas, or one a line in a file. */
import { z } from 'zod';
import { defaults } from './defaults.ts';
import type { SettingKey, SettingValues } from './settings.ts';
import { UsageError } from './usage-error.ts';

const port = z.int().min(1).max(65_535);

export const sshHostSchema = z
  .strictObject({
    host: z.string().min(1),
    /** Absent: whoever runs the harness. */
    user: z.string().min(1).exactOptional(),
    port,
  })
  .readonly();

export const sshSchema = z
  .strictObject({
    hosts: z.array(sshHostSchema).min(1).readonly(),
    /** File with the private key. Absent: those of the agent and the usual ones in `~/.ssh`. */
    key: z.string().min(1).exactOptional(),
    /** File with the keys of known hosts. Absent: `~/.ssh/known_hosts`. */
    knownHosts: z.string().min(1).exactOptional(),
    /** Hosts are not asked to prove who they are. */
    trustAnyHost: z.boolean(),
    /** How calls of nodes travel: through the SSH connection, or straight between the machines. */
    network: z.enum(['tunnel', 'direct']),
    /** The Node.js executable on the hosts. */
    node: z.string().min(1),
  })
  .readonly();

export type SshHost = z.infer<typeof sshHostSchema>;
export type SshConfig = z.infer<typeof sshSchema>;

/** `a`, `ada@a`, `a:2222`, `[::1]:2222`; `undefined` when it is none of these. */
export function parseHost(text: string): { readonly host: string; readonly user?: string; readonly port?: number } | undefined {
  const match = /^(?:([^@\s]+)@)?(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+)|([0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const [, user, bracketed, name, bare, digits] = match;
  const host = bracketed ?? name ?? bare ?? '';
  if (host.startsWith('-')) return undefined;
  if (digits !== undefined && !port.safeParse(Number(digits)).success) return undefined;
  return { host, ...(user === undefined ? {} : { user }), ...(digits === undefined ? {} : { port: Number(digits) }) };
}

/** As `parseHost` reads it. */
export function describeHost({ user, host, port: at }: SshHost): string {
  const address = host.includes(':') ? `[${host}]` : host;
  return `${user === undefined ? '' : `${user}@`}${address}${at === defaults.sshPort ? '' : `:${at}`}`;
}

/** `undefined` unless nodes are to run on hosts. `readText` reads the file of hosts; only a `UsageError` comes of it when it can't. */
export function resolveHosts(
  values: SettingValues,
  driver: string,
  originOf: (key: SettingKey) => string,
  readText: (file: string) => string,
): SshConfig | undefined {
  const lines = [
    ...(values.nodes ?? []).map((text) => ({ text, origin: originOf('nodes') })),
    ...(values.nodesFile === undefined ? [] : hostLines(values.nodesFile, originOf('nodesFile'), readText)),
  ];
  if (driver !== 'ssh') {
    if (lines.length === 0) return undefined;
    throw new UsageError({
      code: 'conflicting-settings',
      happened: `${lines[0]?.origin} names hosts, and the driver is ${driver}`,
      expected: 'hosts only where nodes run on hosts',
      advice: '--driver ssh',
    });
  }
  if (lines.length === 0) {
    throw new UsageError({
      code: 'invalid-value',
      happened: 'the driver is ssh, and no host is named',
      expected: 'hosts for the nodes to run on',
      advice: '--nodes ada@host-1,ada@host-2, or --nodes-file with one a line',
    });
  }
  const hosts = lines.map(({ text, origin }): SshHost => {
    const parsed = parseHost(text);
    if (parsed === undefined)
      throw new UsageError({
        code: 'invalid-value',
        happened: `${origin} has "${text}"`,
        expected: 'user@host:port, user and port optional',
      });
    const user = parsed.user ?? values.sshUser;
    return { host: parsed.host, port: parsed.port ?? values.sshPort ?? defaults.sshPort, ...(user === undefined ? {} : { user }) };
  });
  refuseRepeated(hosts);
  return {
    hosts,
    trustAnyHost: values.sshTrustAnyHost ?? false,
    network: values.sshNetwork ?? defaults.sshNetwork,
    node: values.sshNode ?? defaults.sshNode,
    ...(values.sshKey === undefined ? {} : { key: values.sshKey }),
    ...(values.sshKnownHosts === undefined ? {} : { knownHosts: values.sshKnownHosts }),
  };
}

function hostLines(file: string, origin: string, readText: (file: string) => string): readonly { text: string; origin: string }[] {
  let content: string;
  try {
    content = readText(file);
  } catch (error) {
    throw new UsageError({
      code: 'invalid-value',
      happened: `${origin} is ${file}, which can't be read: ${error instanceof Error ? error.message : String(error)}`,
      expected: 'a file with one user@host:port a line',
    });
  }
  return content.split('\n').flatMap((line, index) => {
    const text = line.replace(/#.*$/, '').trim();
    return text === '' ? [] : [{ text, origin: `${file}:${index + 1}` }];
  });
}

function refuseRepeated(hosts: readonly SshHost[]): void {
  const names = hosts.map(({ host, port: at }) => `${host}:${at}`);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return;
  throw new UsageError({ code: 'invalid-value', happened: `the host ${repeated} is named twice`, expected: 'each host once' });
}
