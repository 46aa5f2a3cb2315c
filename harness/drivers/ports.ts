/**
 * Ports of 127.0.0.1 for nodes to listen on.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { InfrastructureError } from '../infrastructure-error.ts';

const host = '127.0.0.1';
const lowestPort = 10_240;
/** Where Linux begins by default to take ports for outgoing connections; other systems begin higher. */
const usualEphemeralStart = 32_768;
const attemptsPerPort = 50;

/**
 * `count` distinct ports that nobody listens on. They lie below the range from which the system takes ports for outgoing connections: while a
 * node is down between a kill and its restart, a connection of somebody else must not take its port.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const limit = ephemeralStart();
  const taken: Server[] = [];
  try {
    for (let attempt = 0; taken.length < count && attempt < (count + 1) * attemptsPerPort; attempt += 1) {
      // All are kept open until the last is found: that makes them distinct.
      const server = await listen(limit - lowestPort > count * 2 ? randomInt(lowestPort, limit) : 0);
      if (server.listening) taken.push(server);
    }
    if (taken.length < count)
      throw new Error(`Found only ${taken.length} free ports of ${count} on ${host} below ${limit}. Free some, or choose ports yourself.`);
    return taken.map((server) => (server.address() as AddressInfo).port);
  } finally {
    await Promise.all(taken.map((server) => close(server)));
  }
}

/** Rejects with a message that names every port of these that can't be listened on. */
export async function assertPortsFree(ports: readonly number[]): Promise<void> {
  const repeated = ports.filter((port, index) => ports.indexOf(port) !== index);
  if (repeated.length > 0) throw new Error(`Port ${repeated.join(', ')} is wanted by more than one node; each needs a port of its own.`);
  const busy: string[] = [];
  for (const port of ports) {
    const server = await listen(port);
    if (server.listening) await close(server);
    else busy.push(`${port} (${server.reason})`);
  }
  if (busy.length > 0) {
    throw new Error(
      `Cannot listen on ${host}, port ${busy.join(', port ')}. Stop what uses it (\`harness recover\` stops nodes that an earlier run left), or choose another port.`,
    );
  }
}

/** Free ports, or those from `basePort` on. Throws an `InfrastructureError` when they can't be had. */
export async function choosePorts(count: number, basePort: number | undefined): Promise<readonly number[]> {
  try {
    if (basePort === undefined) return await freePorts(count);
    const ports = Array.from({ length: count }, (_, index) => basePort + index);
    await assertPortsFree(ports);
    return ports;
  } catch (error) {
    const advice = basePort === undefined ? undefined : 'leave --base-port out to have free ports found';
    throw new InfrastructureError('deploy', error instanceof Error ? error.message : String(error), advice, { cause: error });
  }
}

interface Attempt extends Server {
  reason: string;
}

async function listen(port: number): Promise<Attempt> {
  const server = Object.assign(createServer(), { reason: '' });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    server.reason = describe(error);
  }
  return server;
}

function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'in use';
  if (code === 'EACCES') return 'not permitted';
  return String(error);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function ephemeralStart(): number {
  try {
    const start = Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
    return Number.isNaN(start) ? usualEphemeralStart : start;
  } catch {
    // Only Linux has the file.
    return usualEphemeralStart;
  }
}
