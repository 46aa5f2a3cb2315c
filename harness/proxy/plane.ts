/**
 * The proxies of a run: one listener an edge, the fault rules that all of them consult, and the records that all of them write.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TrafficRecord } from '../history/index.ts';
import type { UnnumberedRecord } from './call.ts';
import type { Target } from './callee-link.ts';
import { Connection } from './connection.ts';
import { defaultHeaderNames, type HeaderNames } from './headers.ts';
import { inLowerCase, viewRequest } from './request-view.ts';
import type { SecondDelivery } from './second-delivery.ts';
import type { Classify, EdgeName, FaultAction, FaultPlane, FaultRule, RequestView } from './types.ts';

export interface ProxyPlaneOptions {
  /** Nanoseconds since the run began, monotonic; the clock of the history. */
  readonly now: () => number;
  /** Header names that differ from the defaults. */
  readonly headerNames?: Partial<HeaderNames>;
  readonly classify?: Classify;
  /** Called with every record, in the order of their ids. */
  readonly onRecord: (record: TrafficRecord) => void;
}

export interface ListenOn {
  /** 127.0.0.1 when absent; another where callers have a loopback of their own. */
  readonly host?: string;
  /** A free one when absent. */
  readonly port?: number;
}

export interface OpenEdge {
  /** `http://host:port`, without a path: what the caller is given in place of the callee's own address. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

export interface ProxyPlane extends FaultPlane {
  /** Starts a listener for this edge. An edge can be opened once. */
  openEdge(edge: EdgeName, target: Target, listenOn?: ListenOn): Promise<OpenEdge>;
  /** Closes every listener and connection. Calls in progress are recorded as `dropped`. Closing twice is harmless. */
  close(): Promise<void>;
}

export function createProxyPlane(options: ProxyPlaneOptions): ProxyPlane {
  const headerNames = inLowerCase({ ...defaultHeaderNames, ...options.headerNames });
  const rules = new Set<FaultRule>();
  const listeners = new Set<(record: TrafficRecord) => void>();
  const servers = new Map<string, Server>();
  const connections = new Set<Connection | SecondDelivery>();
  let nextRecordId = 0;
  let closed = false;

  const decide = (request: RequestView): FaultAction | undefined => {
    for (const rule of rules) {
      const action = rule.decide(request);
      if (action !== undefined) return action;
    }
    return undefined;
  };

  const record = (fields: UnnumberedRecord): void => {
    const numbered: TrafficRecord = { id: nextRecordId, ...fields };
    nextRecordId += 1;
    options.onRecord(numbered);
    for (const listener of listeners) listener(numbered);
  };

  const accept = (edge: EdgeName, target: Target, caller: Socket): void => {
    const connection: Connection = new Connection(caller, {
      target,
      now: options.now,
      view: (head, receivedAt) => viewRequest(edge, head, receivedAt, headerNames, options.classify),
      decide,
      record,
      deliverAgain: (call, copy) => {
        if (closed) return;
        const delivery = copy.deliver(call, { target, now: options.now, record, closed: (it) => connections.delete(it) });
        if (delivery !== undefined) connections.add(delivery);
      },
      closed: (it) => connections.delete(it),
    });
    connections.add(connection);
  };

  return {
    addRule(rule) {
      // A rule object of its own, so that adding the same rule twice gives two removals that don't interfere.
      const added: FaultRule = { id: rule.id, decide: (request) => rule.decide(request) };
      rules.add(added);
      return () => void rules.delete(added);
    },

    onTraffic(listener) {
      const added = (record: TrafficRecord): void => listener(record);
      listeners.add(added);
      return () => void listeners.delete(added);
    },

    async openEdge(edge, target, { host = '127.0.0.1', port = 0 } = {}) {
      const name = `${edge.from}->${edge.to}`;
      if (closed) throw new Error(`Cannot open edge ${name}: the proxies are closed.`);
      if (servers.has(name)) throw new Error(`Edge ${name} is open already; each edge has one proxy.`);
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) => accept(edge, target, caller));
      servers.set(name, server);
      try {
        server.listen(port, host);
        await once(server, 'listening');
      } catch (error) {
        servers.delete(name);
        throw error;
      }
      // `close` may have come in between; it has closed this server too, which then has no address.
      const address = server.address() as AddressInfo | null;
      if (address === null) throw new Error(`Cannot open edge ${name}: the proxies were closed meanwhile.`);
      return { url: `http://${host}:${address.port}`, host, port: address.port };
    },

    async close() {
      closed = true;
      const closing = [...servers.values()].filter((server) => server.listening).map((server) => closeServer(server));
      for (const connection of [...connections]) connection.abort();
      await Promise.all(closing);
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
