/** Logs in to a host that has proven who it is. Everything that can be wrong with that is told apart, since each has another remedy. */
import { readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import ssh2, { type Client, type ServerHostKeyAlgorithm } from 'ssh2';
import { describeHost, type SshConfig, type SshHost } from '../../config/index.ts';
import { InfrastructureError } from '../../infrastructure-error.ts';
import { type Credentials, expandHome, readCredentials } from './credentials.ts';
import { acquaintanceOf, fingerprintOf, type KnownHost, knownKeyTypes, parseKnownHosts, typeOf } from './known-hosts.ts';

/** How to log in anywhere, read once. */
export interface Access {
  readonly credentials: Credentials;
  readonly knownHostsFile: string;
  readonly known: readonly KnownHost[];
  readonly trustAnyHost: boolean;
}

const readyTimeoutMs = 15_000;
/** A connection of which nothing was heard for three of these is lost. */
const keepaliveMs = 5_000;
const keepalivesMissed = 3;

/** Waits between attempts: a host may be starting its server, or have too many logins at the moment (`MaxStartups`). */
export const usualRetriesMs: readonly number[] = [500, 1_500, 4_000];

const allKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

export function readAccess(config: Pick<SshConfig, 'key' | 'knownHosts' | 'trustAnyHost'>): Access {
  const knownHostsFile = config.knownHosts === undefined ? path.join(homedir(), '.ssh/known_hosts') : expandHome(config.knownHosts);
  return {
    credentials: readCredentials(config),
    knownHostsFile,
    known: parseKnownHosts(readIfThere(knownHostsFile)),
    trustAnyHost: config.trustAnyHost,
  };
}

/** A login, and the one way to end it. */
export interface Connection {
  readonly client: Client;
  /** Resolves once it is closed; at once when it is already. */
  close(): Promise<void>;
}

const closesWithinMs = 2_000;

/** Retries what may pass by itself; throws an `InfrastructureError` that says what to do about the rest. */
export async function connect(host: SshHost, access: Access, retriesMs: readonly number[] = usualRetriesMs): Promise<Connection> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await connectOnce(host, access);
    } catch (error) {
      const waitMs = retriesMs[attempt];
      if (!(error instanceof ConnectionFailure)) throw error;
      if (!error.mayPass || waitMs === undefined) throw new InfrastructureError('deploy', error.message, error.advice, { cause: error });
      await delay(waitMs);
    }
  }
}

class ConnectionFailure extends Error {
  readonly mayPass: boolean;
  readonly advice: string;

  constructor(message: string, advice: string, mayPass: boolean) {
    super(message);
    this.advice = advice;
    this.mayPass = mayPass;
  }
}

function connectOnce(host: SshHost, access: Access): Promise<Connection> {
  const { credentials, trustAnyHost, known } = access;
  const username = host.user ?? userInfo().username;
  const client = new ssh2.Client();
  let stranger: ConnectionFailure | undefined;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      // Later errors of a connection that never was have nobody left to tell.
      client.on('error', () => undefined);
      client.destroy();
      reject(stranger ?? explain(error, host, username, credentials));
    };
    client.once('error', fail);
    client.once('ready', () => {
      client.off('error', fail);
      client.setNoDelay(true);
      resolve(connectionOf(client));
    });
    client.connect({
      host: host.host,
      port: host.port,
      username,
      authHandler: [...credentials.methodsFor(username)],
      readyTimeout: readyTimeoutMs,
      keepaliveInterval: keepaliveMs,
      keepaliveCountMax: keepalivesMissed,
      algorithms: { serverHostKey: [...algorithmsFor(knownKeyTypes(known, host.host, host.port))] },
      hostVerifier: (key: Buffer) => {
        if (!trustAnyHost) stranger = refusal(host, access, key);
        return stranger === undefined;
      },
    });
  });
}

function connectionOf(client: Client): Connection {
  const closed = new Promise<void>((resolve) => {
    client.once('close', () => resolve());
  });
  return {
    client,
    async close() {
      const impatience = setTimeout(() => client.destroy(), closesWithinMs);
      client.end();
      await closed;
      clearTimeout(impatience);
    },
  };
}

/** Those of known keys first, as OpenSSH does. */
function algorithmsFor(keyTypes: readonly string[]): readonly ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: string): boolean => keyTypes.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return [...allKeyAlgorithms.filter(isKnown), ...allKeyAlgorithms.filter((algorithm) => !isKnown(algorithm))];
}

function refusal(host: SshHost, { known, knownHostsFile }: Access, key: Buffer): ConnectionFailure | undefined {
  const fingerprint = `${typeOf(key)} ${fingerprintOf(key)}`;
  const name = describeHost(host);
  switch (acquaintanceOf(known, host.host, host.port, key)) {
    case 'known':
      return undefined;
    case 'unknown':
      return new ConnectionFailure(
        `${name} is not in ${knownHostsFile}; its key is ${fingerprint}`,
        `compare the fingerprint with the host's own, then: ssh-keyscan -p ${host.port} ${host.host} >> ${knownHostsFile} (or --ssh-trust-any-host)`,
        false,
      );
    case 'changed':
      return new ConnectionFailure(
        `${name} shows another key than ${knownHostsFile} has of it: ${fingerprint}. Somebody may be pretending to be it`,
        `if the host was really set up anew: ssh-keygen -R '${host.port === 22 ? host.host : `[${host.host}]:${host.port}`}' -f ${knownHostsFile}, and add its new key`,
        false,
      );
    case 'revoked':
      return new ConnectionFailure(
        `${name} shows a key that ${knownHostsFile} marks as revoked: ${fingerprint}`,
        'give the host a new key',
        false,
      );
  }
}

function explain(error: unknown, host: SshHost, username: string, { tried }: Credentials): ConnectionFailure {
  const { level, code, message } = error as { readonly level?: string; readonly code?: string; readonly message: string };
  const name = describeHost(host);
  const byHand = `try it by hand: ssh -p ${host.port} ${username}@${host.host} true`;
  switch (level) {
    case 'client-authentication':
      return new ConnectionFailure(
        `${name} does not let ${username} in; tried: ${tried}`,
        `put a public key there: ssh-copy-id -p ${host.port} ${username}@${host.host}`,
        false,
      );
    case 'client-timeout':
      return new ConnectionFailure(`${name} did not answer within ${readyTimeoutMs / 1000} s`, byHand, true);
    case 'client-dns':
      return new ConnectionFailure(`nobody knows the address of ${host.host}: ${message}`, 'check the spelling, or use an address', false);
    case 'client-socket':
      return new ConnectionFailure(
        code === 'ECONNREFUSED' ? `nobody listens on port ${host.port} of ${host.host}` : `no connection to ${name}: ${message}`,
        byHand,
        true,
      );
    default:
      return new ConnectionFailure(`no connection to ${name}: ${message}`, byHand, level !== 'handshake');
  }
}

/** Without the file nobody is known. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw new InfrastructureError('deploy', `${file} can't be read: ${String(error)}`, '--ssh-known-hosts with another file');
  }
}
