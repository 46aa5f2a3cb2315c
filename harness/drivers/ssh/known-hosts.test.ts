import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { acquaintanceOf, fingerprintOf, knownKeyTypes, parseKnownHosts } from './known-hosts.ts';

function keyOf(type: string, content: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(content)]);
}

const key = keyOf('ssh-ed25519', 'one');
const other = keyOf('ssh-ed25519', 'two');
const rsa = keyOf('ssh-rsa', 'three');
const about = (hosts: string, of = key, marker = ''): string =>
  `${marker}${hosts} ${of.subarray(4, 4 + of.readUInt32BE(0)).toString()} ${of.toString('base64')} a comment`;
const meet = (text: string, host: string, port = 22, shown = key) => acquaintanceOf(parseKnownHosts(text), host, port, shown);

describe('known hosts', () => {
  it('know a host by its name, its address, a pattern, and its port where that is another', () => {
    expect(meet(about('a,10.0.0.1'), 'a')).toBe('known');
    expect(meet(about('a,10.0.0.1'), '10.0.0.1')).toBe('known');
    expect(meet(about('*.example.org'), 'A.example.org')).toBe('known');
    expect(meet(about('[a]:2222'), 'a', 2222)).toBe('known');
    expect(meet(about('a'), 'a', 2222)).toBe('unknown');
    expect(meet(about('[a]:2222'), 'a')).toBe('unknown');
    expect(meet(about('*.example.org,!b.example.org'), 'b.example.org')).toBe('unknown');
    expect(meet(about('a.b'), 'axb')).toBe('unknown');
  });

  it('know a host whose name is hashed', () => {
    const salt = Buffer.from('01234567890123456789');
    const hash = createHmac('sha1', salt).update('[a]:2222').digest('base64');
    const line = about(`|1|${salt.toString('base64')}|${hash}`);
    expect(meet(line, 'a', 2222)).toBe('known');
    expect(meet(line, 'b', 2222)).toBe('unknown');
  });

  it('tell a key that changed from one of another type, and never take a revoked one or an authority for the host', () => {
    expect(meet(about('a'), 'a', 22, other)).toBe('changed');
    expect(meet(about('a'), 'a', 22, rsa)).toBe('unknown');
    expect(meet(`${about('a')}\n${about('a', key, '@revoked ')}`, 'a')).toBe('revoked');
    expect(meet(about('a', key, '@cert-authority '), 'a')).toBe('unknown');
    expect(meet(`# ${about('a')}`, 'a')).toBe('unknown');
  });

  it('say which keys a host should be asked for', () => {
    expect(knownKeyTypes(parseKnownHosts(`${about('a', rsa)}\n${about('b')}`), 'a', 22)).toEqual(['ssh-rsa']);
  });

  it('show fingerprints as ssh-keygen does', () => {
    expect(fingerprintOf(key)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });
});
