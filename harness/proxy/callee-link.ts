/**
 * The proxy's connection to the callee. It reports what happens to it, and nothing once it is closed.
 */
import { connect, type Socket } from 'node:net';

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** `end`: an orderly close. `reset`: anything else. */
export type Departure = 'end' | 'reset';

export interface CalleeEvents {
  opened(): void;
  refused(): void;
  data(bytes: Buffer): void;
  drained(): void;
  left(how: Departure): void;
}

/** A connection attempt that hangs is a refusal after this; nobody else would end it once its caller has gone. */
const connectTimeoutMs = 30_000;

export class CalleeLink {
  readonly socket: Socket;
  readonly #events: CalleeEvents;
  readonly #connectTimer: NodeJS.Timeout;
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  #detached = false;

  constructor(target: Target, events: CalleeEvents) {
    this.#events = events;
    // Half-open: a callee that ends its side may still have to be told that the caller ended its own.
    this.socket = connect({ host: target.host, port: target.port, noDelay: true, allowHalfOpen: true });
    this.#connectTimer = setTimeout(() => this.socket.destroy(), connectTimeoutMs);
    this.#watch();
  }

  get state(): 'connecting' | 'open' | 'closed' {
    return this.#state;
  }

  /** Closes it without another event. */
  discard(): void {
    this.#state = 'closed';
    clearTimeout(this.#connectTimer);
    if (!this.#detached) this.socket.destroy();
  }

  /** Hands the socket over, as it is; the link itself is closed from then on. */
  detach(): Socket {
    this.#detached = true;
    this.discard();
    return this.socket;
  }

  #watch(): void {
    const { socket } = this;
    let departure: Departure = 'end';
    socket.on('connect', () => {
      if (this.#state !== 'connecting') return;
      clearTimeout(this.#connectTimer);
      this.#state = 'open';
      this.#events.opened();
    });
    socket.on('data', (bytes: Buffer) => {
      if (this.#state === 'open') this.#events.data(bytes);
    });
    socket.on('drain', () => {
      if (this.#state === 'open') this.#events.drained();
    });
    socket.on('end', () => this.#close('end'));
    socket.on('error', () => {
      departure = 'reset';
    });
    socket.on('close', () => this.#close(departure));
  }

  #close(how: Departure): void {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    this.discard();
    if (wasOpen) this.#events.left(how);
    else this.#events.refused();
  }
}
