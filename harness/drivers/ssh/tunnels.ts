/**
 * Connections in both directions through one SSH connection: the harness reaches nodes that listen only on their host's own 127.0.0.1, and
 * nodes reach the harness's edge proxies. Nothing has to be open between the machines but SSH.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Client, ClientChannel } from 'ssh2';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface Tunnels {
  /** An endpoint of this machine whose connections end at a port of the host. */
  toHost(port: number): Promise<Endpoint>;
  /** A port of the host whose connections end at an endpoint of this machine. */
  fromHost(endpoint: Endpoint): Promise<number>;
  close(): Promise<void>;
}

const loopback = '127.0.0.1';

export function openTunnels(client: Client): Tunnels {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const inward = new Map<number, Endpoint>();

  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };

  client.on('tcp connection', ({ destPort }, accept, reject) => {
    const endpoint = inward.get(destPort);
    if (endpoint === undefined) return reject();
    const socket = connect({ ...endpoint, noDelay: true, allowHalfOpen: true });
    track(socket);
    join(socket, accept());
  });

  return {
    async toHost(port) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
        track(socket);
        // An error before the two are joined has nobody else to hear it.
        socket.on('error', () => undefined);
        client.forwardOut(loopback, socket.remotePort ?? 0, loopback, port, (error, channel) => {
          // Whoever asked sees a connection that is reset: nobody listens there.
          if (error === undefined) join(socket, channel);
          else socket.resetAndDestroy();
        });
      });
      servers.push(server);
      server.listen(0, loopback);
      await once(server, 'listening');
      return { host: loopback, port: (server.address() as AddressInfo).port };
    },

    fromHost(endpoint) {
      return new Promise((resolve, reject) => {
        client.forwardIn(loopback, 0, (error, port) => {
          if (error !== undefined) return reject(error);
          inward.set(port, endpoint);
          resolve(port);
        });
      });
    },

    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(
        servers.map((server) => {
          const closed = once(server, 'close');
          server.close();
          return closed;
        }),
      );
    },
  };
}

/** Each side's end becomes the other's end, and what breaks one breaks the other. */
function join(socket: Socket, channel: ClientChannel): void {
  let failed = false;
  socket.on('error', () => {
    failed = true;
  });
  channel.on('error', () => {
    failed = true;
  });
  socket.on('close', () => channel.close());
  channel.on('close', () => {
    if (failed) socket.resetAndDestroy();
    else socket.destroySoon();
  });
  socket.pipe(channel);
  channel.pipe(socket);
}
