import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { assertPortsFree, freePorts } from './ports.ts';

test('free ports are distinct, can be listened on, and are not where the system takes ports for outgoing connections', async () => {
  const ports = await freePorts(60);
  expect(new Set(ports).size).toBe(60);
  await assertPortsFree(ports);
  const [firstEphemeral = ''] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t');
  expect(Math.max(...ports)).toBeLessThan(Number(firstEphemeral));
});

test('a port that is in use is named, with what to do', async () => {
  const [busy = 0, free = 0] = await freePorts(2);
  const server = createServer().listen(busy, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  await expect(assertPortsFree([free, busy])).rejects.toThrow(`Cannot listen on 127.0.0.1, port ${busy} (in use). Stop what uses it`);
  await expect(assertPortsFree([free])).resolves.toBeUndefined();
});

test('a port wanted twice is an error even when it is free', async () => {
  const [port = 0] = await freePorts(1);
  await expect(assertPortsFree([port, port])).rejects.toThrow(`Port ${port} is wanted by more than one node`);
});
