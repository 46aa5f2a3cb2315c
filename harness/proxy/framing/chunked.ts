/**
 * Finds the end of a chunked body (RFC 9112, section 7.1), whatever pieces it arrives in, and shows the payload without the framing.
 */
import type { BodyReader, BodyState } from './body.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** Chunk extensions and trailers are hardly ever used; a bound keeps a stream that is not chunked from being taken for one. */
const lineLimitBytes = 16 * 1024;
const sizeLine = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?$/;

type Expecting = 'size' | 'data' | 'data-end' | 'trailer';

export class ChunkedBody implements BodyReader {
  #expecting: Expecting = 'size';
  #line = '';
  #dataLeft = 0;
  #state: BodyState = 'open';

  get state(): BodyState {
    return this.#state;
  }

  read(bytes: Buffer, from: number, onPayload: (part: Buffer) => void): number {
    let at = from;
    while (at < bytes.length && this.#state === 'open') {
      if (this.#expecting === 'data') {
        const end = Math.min(bytes.length, at + this.#dataLeft);
        onPayload(bytes.subarray(at, end));
        this.#dataLeft -= end - at;
        at = end;
        if (this.#dataLeft === 0) this.#expecting = 'data-end';
      } else {
        at = this.#readLine(bytes, at);
      }
    }
    return this.#state === 'malformed' ? bytes.length : at;
  }

  close(): void {
    // The end of the connection is not the end of a chunked body.
  }

  #readLine(bytes: Buffer, from: number): number {
    const found = bytes.indexOf(lineFeed, from);
    const end = found === -1 ? bytes.length : found + 1;
    this.#line += bytes.toString('latin1', from, end);
    if (this.#line.length > lineLimitBytes) this.#state = 'malformed';
    if (found === -1 || this.#state === 'malformed') return end;
    const line = this.#line;
    this.#line = '';
    if (line.length < 2 || line.charCodeAt(line.length - 2) !== carriageReturn) this.#state = 'malformed';
    else this.#endLine(line.slice(0, -2));
    return end;
  }

  #endLine(line: string): void {
    switch (this.#expecting) {
      case 'size': {
        const digits = sizeLine.exec(line)?.[1];
        if (digits === undefined) this.#state = 'malformed';
        else {
          this.#dataLeft = Number.parseInt(digits, 16);
          this.#expecting = this.#dataLeft === 0 ? 'trailer' : 'data';
        }
        return;
      }
      case 'data-end':
        if (line === '') this.#expecting = 'size';
        else this.#state = 'malformed';
        return;
      case 'trailer':
        if (line === '') this.#state = 'complete';
        return;
      case 'data':
        return;
    }
  }
}
