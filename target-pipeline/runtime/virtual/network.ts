/**
 * Calls between virtual nodes: delayed, lost on either leg, delivered twice, cut by partitions. A node is reached by its name, as in
 * `http://replica-2:8080/…`.
 */
import { answer, bodyTooLarge, malformed, parseTarget } from '../answer.ts';
import {
  type Headers,
  type Listener,
  type ListenOptions,
  type Logger,
  type OutgoingRequest,
  type OutgoingResponse,
  TransportError,
  type TransportErrorKind,
  type TransportResponse,
} from '../port.ts';
import { never, type VirtualProcess } from './process.ts';
import type { Timeline } from './timeline.ts';

export interface VirtualCall {
  readonly from: string;
  readonly to: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
  readonly atMs: number;
}

/**
 * - `refused`: the connection is refused.
 * - `request-dropped`, `response-dropped`: silence from there on; the caller times out.
 * - `request-broken`, `response-broken`: the connection breaks there; the caller sees it lost.
 * - `duplicated`: the callee gets it twice, the caller gets the first answer.
 */
export type Fate = 'delivered' | 'refused' | 'request-dropped' | 'request-broken' | 'response-dropped' | 'response-broken' | 'duplicated';

export interface CallPlan {
  readonly requestMs?: number;
  readonly responseMs?: number;
  readonly fate?: Fate;
}

/** A node as the network knows it. */
interface Attachment {
  readonly process: VirtualProcess;
  readonly listeners: Map<number, ListenOptions>;
  readonly log: () => Logger;
}

const defaultLegMs = 1;
const firstFreePort = 49_152;

export class VirtualNetwork {
  /** Decides what happens to each call; 1 ms each way and delivered unless it says otherwise. */
  planCall: (call: VirtualCall) => CallPlan = () => ({});
  /** Every call, in the order they were sent. */
  readonly calls: VirtualCall[] = [];
  private readonly attachments = new Map<string, Attachment>();
  private readonly timeline: Timeline;
  private groupOf = new Map<string, number>();
  private nextPort = firstFreePort;

  constructor(timeline: Timeline) {
    this.timeline = timeline;
  }

  attach(process: VirtualProcess, log: () => Logger): void {
    this.attachments.set(process.name, { process, log, listeners: new Map() });
  }

  /** Nodes of different groups don't hear each other, in silence; a node in no group hears everyone. Replaces the partition before it. */
  partition(groups: readonly (readonly string[])[]): void {
    this.groupOf = new Map(groups.flatMap((group, index) => group.map((name) => [name, index] as const)));
  }

  heal(): void {
    this.groupOf = new Map();
  }

  listen(process: VirtualProcess, options: ListenOptions): Listener {
    const { listeners } = this.attachment(process.name);
    const port = options.port === 0 ? this.nextPort++ : options.port;
    if (listeners.has(port)) throw new Error(`EADDRINUSE: ${process.name}:${port} is listened on already`);
    listeners.set(port, options);
    const forget = process.uponDeath(() => listeners.delete(port));
    return {
      port,
      close: async () => {
        forget();
        listeners.delete(port);
      },
    };
  }

  request(from: VirtualProcess, request: OutgoingRequest): Promise<TransportResponse> {
    const url = new URL(request.url);
    const body = typeof request.body === 'string' ? request.body : Buffer.from(request.body ?? []).toString('utf8');
    const call: VirtualCall = {
      from: from.name,
      to: url.hostname,
      method: request.method,
      path: url.pathname + url.search,
      headers: lowerCased(request.headers ?? {}),
      body,
      atMs: this.timeline.nowMs,
    };
    if (request.signal?.aborted === true)
      return Promise.reject(new TransportError('aborted', `${call.method} ${request.url}: the caller gave up`));
    if (request.deadlineMs <= 0)
      return Promise.reject(new TransportError('refused', `${call.method} ${request.url}: its deadline had passed; it never left`));
    this.calls.push(call);
    const { requestMs = defaultLegMs, responseMs = defaultLegMs, fate = 'delivered' } = this.planCall(call);

    return new Promise((resolve, reject) => {
      let settled = false;
      const caller = new AbortController();
      const settle = (): boolean => {
        if (settled) return false;
        settled = true;
        cancelDeadline();
        forgetDeath();
        request.signal?.removeEventListener('abort', onAbort);
        return true;
      };
      const leave = (): void =>
        void this.timeline.plan(requestMs, () =>
          this.attachments.get(call.to)?.process.deliver(() => caller.abort(new Error('the caller went away'))),
        );
      const fail = (kind: TransportErrorKind, why: string): void => {
        if (!settle()) return;
        leave();
        reject(new TransportError(kind, `${call.method} ${request.url}: ${why}`));
      };
      const onAbort = (): void => fail('aborted', 'the caller gave up');
      const cancelDeadline = from.plan(request.deadlineMs, () => fail('timeout', `no answer within ${request.deadlineMs} ms`));
      const forgetDeath = from.uponDeath(() => {
        if (settle()) leave();
      });
      request.signal?.addEventListener('abort', onAbort, { once: true });

      const callerHears = (fn: () => void): void => {
        from.plan(responseMs, () => {
          if (!this.isCut(call)) fn();
        });
      };
      const respond = (response: OutgoingResponse): void => {
        if (fate === 'response-dropped') return;
        if (fate === 'response-broken') callerHears(() => fail('lost', 'the connection broke before the answer came'));
        else callerHears(() => settle() && resolve(received(response)));
      };
      const arrive = (): void => {
        if (this.isCut(call)) return;
        const attachment = this.attachments.get(call.to);
        const listener = attachment?.listeners.get(Number(url.port === '' ? 80 : url.port));
        if (attachment === undefined || listener === undefined || fate === 'refused') {
          callerHears(() => fail('refused', 'connection refused; it never left'));
          return;
        }
        if (fate === 'request-broken') {
          callerHears(() => fail('lost', 'the connection broke'));
          return;
        }
        const callee = attachment.process;
        const forget = callee.uponDeath(() => callerHears(() => fail('lost', 'the peer died')));
        callee.deliver(async () => {
          const response = await serve(listener, attachment, call, caller.signal);
          forget();
          respond(response);
        });
      };
      if (fate !== 'request-dropped') this.timeline.plan(requestMs, arrive);
      if (fate === 'duplicated') this.timeline.plan(requestMs, arrive);
    });
  }

  private isCut({ from, to }: VirtualCall): boolean {
    const a = this.groupOf.get(from);
    const b = this.groupOf.get(to);
    return a !== undefined && b !== undefined && a !== b;
  }

  private attachment(name: string): Attachment {
    const attachment = this.attachments.get(name);
    if (attachment === undefined) throw new Error(`${name} is not a node of this world`);
    return attachment;
  }
}

async function serve(
  listener: ListenOptions,
  { process, log }: Attachment,
  call: VirtualCall,
  signal: AbortSignal,
): Promise<OutgoingResponse> {
  const life = process.life;
  const body = Buffer.from(call.body);
  if (body.byteLength > listener.maxBodyBytes) return bodyTooLarge(listener.maxBodyBytes);
  const target = parseTarget(call.path);
  if (target === undefined) return malformed(`The request target ${call.path} is not a path with valid percent-encoding.`);
  const response = await answer(listener.handler, { method: call.method, ...target, headers: call.headers, body, signal }, log());
  return process.life === life ? response : never;
}

function lowerCased(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function received({ status, headers = {}, body = '' }: OutgoingResponse): TransportResponse {
  return { status, headers: lowerCased(headers), body: typeof body === 'string' ? body : Buffer.from(body).toString('utf8') };
}
