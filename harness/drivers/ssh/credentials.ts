/** Whom we say we are: keys from the agent and from files. Passwords are not taken: a run has nobody to ask for one. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import ssh2, { type AnyAuthMethod } from 'ssh2';
import type { SshConfig } from '../../config/index.ts';
import { InfrastructureError } from '../../infrastructure-error.ts';

const usualKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

export interface Credentials {
  /** In the order they are tried. */
  methodsFor(username: string): readonly AnyAuthMethod[];
  /** In words, for the message when none of them is taken. */
  readonly tried: string;
}

export function expandHome(file: string): string {
  return path.resolve(file.startsWith('~/') ? path.join(homedir(), file.slice(2)) : file);
}

/** Throws an `InfrastructureError` when there is nothing to log in with. */
export function readCredentials(
  { key }: Pick<SshConfig, 'key'>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Credentials {
  const agent = environment['SSH_AUTH_SOCK'];
  const usesAgent = key === undefined && agent !== undefined && agent !== '';
  const files = key === undefined ? usualKeys.map((name) => path.join(homedir(), '.ssh', name)) : [expandHome(key)];
  const keys = files.flatMap((file) => {
    const read = readKey(file);
    if (read.ok) return [{ file, text: read.text }];
    if (key !== undefined) throw new InfrastructureError('deploy', `the key ${file} can't be used: ${read.reason}`, adviceForKey);
    return [];
  });
  if (!usesAgent && keys.length === 0) {
    throw new InfrastructureError(
      'deploy',
      `there is no key to log in to the hosts with: no agent, and none of ${files.join(', ')}`,
      adviceForKey,
    );
  }
  return {
    methodsFor: (username) => [
      ...(usesAgent ? [{ type: 'agent', username, agent } as const] : []),
      ...keys.map(({ text }) => ({ type: 'publickey', username, key: text }) as const),
    ],
    tried: [...(usesAgent ? ['the keys of the agent'] : []), ...keys.map(({ file }) => file)].join(', '),
  };
}

const adviceForKey = '--ssh-key with a file that needs no passphrase, or an agent: eval "$(ssh-agent)" && ssh-add';

function readKey(file: string): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { ok: false, reason: messageOf(error) };
  }
  const parsed = ssh2.utils.parseKey(text);
  return parsed instanceof Error ? { ok: false, reason: parsed.message } : { ok: true, text };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
