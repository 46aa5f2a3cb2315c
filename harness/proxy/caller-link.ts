/**
 * The caller's connection. It knows how far the caller has gone, and the ways to take leave of it.
 */
import type { Socket } from 'node:net';
import { Timers } from './timers.ts';

export interface CallerEvents {
  data(bytes: Buffer): void;
  drained(): void;
  /** It will send nothing more, though an answer may still reach it. At most once. */
  ended(): void;
  /** Nothing reaches it any more. Comes after `ended`. */
  closed(): void;
}

/** After the last byte the caller may still be sending; closing at once would reset the connection under its response. */
const lingerMs = 1_000;

export class CallerLink {
  readonly socket: Socket;
  readonly #events: CallerEvents;
  readonly #timers = new Timers();
  #ended = false;
  #gone = false;

  constructor(socket: Socket, events: CallerEvents) {
    this.socket = socket;
    this.#events = events;
    socket.on('data', (bytes: Buffer) => events.data(bytes));
    socket.on('drain', () => events.drained());
    socket.on('end', () => this.#end());
    // An error is always followed by `close`, which says all that matters here.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#gone = true;
      this.#end();
      events.closed();
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  get gone(): boolean {
    return this.#gone;
  }

  write(bytes: Buffer): void {
    if (!this.#gone && this.socket.writable && bytes.length > 0) this.socket.write(bytes);
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Ends in an orderly way, and then gives the caller a moment to end as well. */
  end(): void {
    if (this.#ended) {
      this.socket.destroySoon();
      return;
    }
    this.socket.resume();
    this.socket.end();
    this.#timers.after(lingerMs, () => this.destroy());
  }

  destroy(): void {
    this.#timers.clear();
    this.socket.destroy();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events.ended();
  }
}
