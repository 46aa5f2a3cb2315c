/**
 * The keys of hosts one has met before, in the format of OpenSSH's `known_hosts` (sshd(8)). A host that somebody else impersonates would be
 * handed our program to run, and its answers would be taken for the pipeline's.
 */
import { createHash, createHmac } from 'node:crypto';

export interface KnownHost {
  readonly marker?: string;
  /** Host patterns separated by commas, or one hashed name. */
  readonly hosts: string;
  readonly type: string;
  /** Base64, as the file has it. */
  readonly key: string;
}

/** `changed`: the host is known by other keys of this type. `unknown`: nobody has met it. */
export type Acquaintance = 'known' | 'unknown' | 'changed' | 'revoked';

export function parseKnownHosts(text: string): readonly KnownHost[] {
  return text.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
    const [hosts, type, key] = words;
    if (hosts === undefined || hosts.startsWith('#') || type === undefined || key === undefined) return [];
    return [{ hosts, type, key, ...(marker === undefined ? {} : { marker }) }];
  });
}

/** `key` is the public key as the host sent it, which begins with its type. */
export function acquaintanceOf(known: readonly KnownHost[], host: string, port: number, key: Buffer): Acquaintance {
  const base64 = key.toString('base64');
  const about = known.filter(({ hosts }) => names(hosts, host, port));
  if (about.some((entry) => entry.marker === '@revoked' && entry.key === base64)) return 'revoked';
  // Certificates are not checked: an authority's own key says nothing here about a host's.
  const plain = about.filter(({ marker }) => marker === undefined);
  if (plain.some((entry) => entry.key === base64)) return 'known';
  return plain.some(({ type }) => type === typeOf(key)) ? 'changed' : 'unknown';
}

/** What the host should prove itself with, so that it isn't asked for a key that nobody has met. */
export function knownKeyTypes(known: readonly KnownHost[], host: string, port: number): readonly string[] {
  return [...new Set(known.filter(({ hosts, marker }) => marker === undefined && names(hosts, host, port)).map(({ type }) => type))];
}

export function typeOf(key: Buffer): string {
  const length = key.length < 4 ? 0 : key.readUInt32BE(0);
  return key.subarray(4, 4 + length).toString('latin1');
}

/** As `ssh-keygen -l` shows it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function names(patterns: string, host: string, port: number): boolean {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
  if (patterns.startsWith('|')) return matchesHash(patterns, name);
  let matched = false;
  for (const pattern of patterns.toLowerCase().split(',')) {
    if (pattern.startsWith('!') && matchesPattern(pattern.slice(1), name)) return false;
    if (matchesPattern(pattern, name)) matched = true;
  }
  return matched;
}

/** `|1|salt|hash`: names are hidden from whoever reads the file. */
function matchesHash(entry: string, name: string): boolean {
  const [, version, salt, hash] = entry.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

function matchesPattern(pattern: string, name: string): boolean {
  const expression = pattern
    .replaceAll(/[\\^$.+()[\]{}|]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(name);
}
