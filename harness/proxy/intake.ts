/** What the caller has sent and no call has taken yet: part of a head, or requests that were sent ahead. */
import { Backlog } from './backlog.ts';
import { type RequestHead, readRequestHead } from './framing/head.ts';

export type NextRequest =
  | { readonly state: 'incomplete' | 'malformed' }
  | {
      readonly state: 'complete';
      readonly head: RequestHead;
      /** The head and whatever came after it; `end` is the index of the first byte after the head. */
      readonly bytes: Buffer;
      readonly end: number;
      /** When its first byte came. */
      readonly receivedAt: number;
    };

export class Intake {
  readonly #now: () => number;
  readonly #unread = new Backlog();
  #since = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get bytes(): number {
    return this.#unread.bytes;
  }

  push(bytes: Buffer): void {
    if (this.#unread.bytes === 0) this.#since = this.#now();
    this.#unread.push(bytes);
  }

  /** Takes everything if it begins with a whole head, else nothing. */
  next(): NextRequest {
    const bytes = this.#unread.takeJoined();
    const read = readRequestHead(bytes);
    if (read.state === 'complete') return { state: 'complete', head: read.head, bytes, end: read.end, receivedAt: this.#since };
    this.#unread.push(bytes);
    return read;
  }

  takeAll(): readonly Buffer[] {
    return this.#unread.take();
  }
}
