import { describe, expect, it } from 'vitest';
import { describeHost, parseHost } from './hosts.ts';
import { problemOf, resolveForTest } from './test-support.ts';

const resolved = (flags: Readonly<Record<string, unknown>>, files: Readonly<Record<string, string>> = {}) =>
  resolveForTest({
    flags,
    readText: (file) => {
      const text = files[file];
      if (text === undefined) throw new Error('no such file');
      return text;
    },
  });

describe('hosts', () => {
  it.each([
    ['a', { host: 'a' }],
    ['ada@a.example.org:2222', { user: 'ada', host: 'a.example.org', port: 2222 }],
    ['[::1]:2222', { host: '::1', port: 2222 }],
    ['fe80::1', { host: 'fe80::1' }],
  ])('are read from %j', (text, host) => {
    expect(parseHost(text)).toEqual(host);
    expect(parseHost(describeHost({ port: 22, ...host }))).toEqual(host);
  });

  it.each(['', '-oProxyCommand=x', 'a b', 'a:0', 'a:70000', 'ada@', 'a;b', '@a'])('are not made of %j', (text) => {
    expect(parseHost(text)).toBeUndefined();
  });

  it('come from flags and from a file, with user and port for those that name none', () => {
    const files = { 'nodes.txt': '# three of them\nada@a:2200\n\nb # the second\n' };
    expect(resolved({ driver: 'ssh', nodes: 'c', 'nodes-file': 'nodes.txt', 'ssh-user': 'root', 'ssh-port': '2222' }, files).ssh).toEqual({
      hosts: [
        { host: 'c', port: 2222, user: 'root' },
        { host: 'a', port: 2200, user: 'ada' },
        { host: 'b', port: 2222, user: 'root' },
      ],
      trustAnyHost: false,
      network: 'tunnel',
      node: 'node',
    });
  });

  it('are refused when there are none, when one is named twice, when a line or file cannot be read, and where nodes run elsewhere', () => {
    expect(problemOf(() => resolved({ driver: 'ssh' }))).toMatchObject({ advice: expect.stringContaining('--nodes') });
    expect(problemOf(() => resolved({ driver: 'ssh', nodes: 'a,ada@a' })).happened).toContain('named twice');
    expect(problemOf(() => resolved({ driver: 'ssh', 'nodes-file': 'f' }, { f: 'a\n-x' })).happened).toContain('f:2');
    expect(problemOf(() => resolved({ driver: 'ssh', 'nodes-file': 'nowhere' })).happened).toContain('no such file');
    expect(problemOf(() => resolved({ nodes: 'a' }))).toMatchObject({ code: 'conflicting-settings', advice: '--driver ssh' });
  });
});
