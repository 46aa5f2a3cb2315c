/**
 * Finds where a message body ends, whatever pieces it arrives in. Nothing is copied: readers only look at the bytes that pass.
 */
import { ChunkedBody } from './chunked.ts';

export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** A response without a length: it ends when the connection does. */
  | { readonly kind: 'until-close' };

/** `malformed` is final: everything that follows counts as body, and it never completes. */
export type BodyState = 'open' | 'complete' | 'malformed';

export interface BodyReader {
  readonly state: BodyState;
  /** Reads from index `from`. Returns the index after the last byte that belongs to the body; calls back with the payload alone. */
  read(bytes: Buffer, from: number, onPayload: (part: Buffer) => void): number;
  /** The sender closed the connection in an orderly way. */
  close(): void;
}

export function createBodyReader(framing: BodyFraming): BodyReader {
  switch (framing.kind) {
    case 'none':
      return new CountedBody(0);
    case 'length':
      return new CountedBody(framing.bytes);
    case 'chunked':
      return new ChunkedBody();
    case 'until-close':
      return new BodyUntilClose();
  }
}

class CountedBody implements BodyReader {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get state(): BodyState {
    return this.#left === 0 ? 'complete' : 'open';
  }

  read(bytes: Buffer, from: number, onPayload: (part: Buffer) => void): number {
    const end = Math.min(bytes.length, from + this.#left);
    if (end > from) onPayload(bytes.subarray(from, end));
    this.#left -= end - from;
    return end;
  }

  close(): void {
    // Fewer bytes than were announced: the body stays incomplete.
  }
}

class BodyUntilClose implements BodyReader {
  #closed = false;

  get state(): BodyState {
    return this.#closed ? 'complete' : 'open';
  }

  read(bytes: Buffer, from: number, onPayload: (part: Buffer) => void): number {
    if (bytes.length > from) onPayload(bytes.subarray(from));
    return bytes.length;
  }

  close(): void {
    this.#closed = true;
  }
}
