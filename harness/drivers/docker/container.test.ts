import { describe, expect, it } from 'vitest';
import { containerFor } from './container.ts';
import { unframe } from './evidence.ts';
import { describeExit } from './exit.ts';

const spec = { name: 'order-1', role: 'order', argv: ['node', 'main.cjs'], env: { ROLE: 'order' }, port: 8080 };
const container = containerFor(spec, {
  runId: '01234567-89ab-4cde-8f01-23456789abcd',
  image: 'an-image',
  network: 'a-network',
  publishedPort: 21_000,
  limits: { memoryMb: 64, cpus: 0.5 },
});

describe("a node's container", () => {
  it('is published on this machine alone', () => {
    expect(container.HostConfig?.PortBindings).toEqual({ '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '21000' }] });
  });

  it('may do nothing but change its own network, and is never privileged', () => {
    expect(container.HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      CapAdd: ['NET_ADMIN'],
      ReadonlyRootfs: true,
    });
    expect(container.HostConfig?.Privileged ?? false).toBe(false);
  });

  it('may use as much as it was given, and no swap', () => {
    expect(container.HostConfig).toMatchObject({ Memory: 64 * 1024 * 1024, MemorySwap: 64 * 1024 * 1024, NanoCpus: 5e8 });
  });

  it('and its volume carry the label of the run, by which they are found again', () => {
    const labels = { 'seamproof.run': '01234567-89ab-4cde-8f01-23456789abcd', 'seamproof.node': 'order-1' };
    expect(container.Labels).toEqual(labels);
    expect(container.HostConfig?.Mounts).toEqual([
      expect.objectContaining({ Target: '/data', VolumeOptions: expect.objectContaining({ Labels: labels }) }),
    ]);
  });

  it('inherits nothing from the environment of the harness', () => {
    expect(container.Env).toEqual(['ROLE=order']);
  });
});

describe("a container's exit", () => {
  it.each([
    [{ ExitCode: 0, OOMKilled: false }, '0'],
    [{ ExitCode: 64, OOMKilled: false }, '64'],
    [{ ExitCode: 137, OOMKilled: false }, 'SIGKILL'],
    [{ ExitCode: 143, OOMKilled: false }, 'SIGTERM'],
    [{ ExitCode: 137, OOMKilled: true }, 'SIGKILL, out of memory: its limit is 64 MB'],
  ])('%j is told as "%s"', (state, words) => {
    expect(describeExit(state, 64)).toBe(words);
  });
});

describe("a container's log", () => {
  const frame = (stream: number, text: string): Buffer => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };

  it('is what it printed, of both streams and in their order', () => {
    expect(unframe(Buffer.concat([frame(1, 'one\n'), frame(2, 'zwei ü\n'), frame(1, '')])).toString()).toBe('one\nzwei ü\n');
  });

  it('is kept as far as it goes when it was cut', () => {
    expect(unframe(Buffer.concat([frame(1, 'one\n'), frame(1, 'two\n').subarray(0, 10)])).toString()).toBe('one\ntw');
    expect(unframe(Buffer.from([1, 0, 0])).toString()).toBe('');
  });
});
