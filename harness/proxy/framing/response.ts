/**
 * Follows one response from its first byte to its last: interim heads (100, 103), the final head, the body.
 * It only watches. The bytes are on their way to the caller whether they are understood or not.
 */
import { BodyDigest } from '../digest.ts';
import { ProblemReader } from '../problem.ts';
import { type BodyReader, createBodyReader } from './body.ts';
import { readResponseHead } from './head.ts';

export type ResponseState = 'head' | 'body' | 'complete' | 'malformed';

export class ResponseReader {
  readonly #method: string;
  readonly #digest = new BodyDigest();
  #problem: ProblemReader | undefined;
  #partialHead: Buffer | undefined;
  #body: BodyReader | undefined;
  #state: ResponseState = 'head';
  #status: number | undefined;

  /** `method` is that of the request which is being answered. */
  constructor(method: string) {
    this.#method = method;
  }

  get state(): ResponseState {
    return this.#state;
  }

  /** Of the final response; absent until its head is complete. */
  get status(): number | undefined {
    return this.#status;
  }

  /** From here on the connection speaks another protocol (RFC 9110, 7.8 and 9.3.6). */
  get switchesProtocol(): boolean {
    if (this.#status === undefined) return false;
    return this.#status === 101 || (this.#method === 'CONNECT' && this.#status >= 200 && this.#status < 300);
  }

  digest(): string | undefined {
    return this.#state === 'complete' ? this.#digest.hex() : undefined;
  }

  problem(): string | undefined {
    return this.#state === 'complete' ? this.#problem?.type() : undefined;
  }

  /** Returns the index after the last byte of `bytes` that belongs to this response. */
  read(bytes: Buffer): number {
    let at = 0;
    if (this.#state === 'head') at = this.#readHeads(bytes);
    if (this.#state === 'body') at = this.#readBody(bytes, at);
    return at;
  }

  /** The callee closed the connection in an orderly way, which is how a response without a length ends. */
  close(): void {
    if (this.#state !== 'body' || this.#body === undefined) return;
    this.#body.close();
    if (this.#body.state === 'complete') this.#state = 'complete';
  }

  #readHeads(bytes: Buffer): number {
    const earlier = this.#partialHead;
    const known = earlier === undefined ? bytes : Buffer.concat([earlier, bytes]);
    const offset = known.length - bytes.length;
    let rest = known;
    for (;;) {
      const read = readResponseHead(rest, this.#method);
      if (read.state === 'malformed') {
        this.#state = 'malformed';
        return bytes.length;
      }
      if (read.state === 'incomplete') {
        this.#partialHead = rest;
        return bytes.length;
      }
      const { status, headers, body } = read.head;
      rest = rest.subarray(read.end);
      if (status >= 200 || status === 101) {
        this.#partialHead = undefined;
        this.#status = status;
        if (isProblem(headers['content-type'])) this.#problem = new ProblemReader();
        this.#body = createBodyReader(body);
        this.#state = 'body';
        return known.length - rest.length - offset;
      }
    }
  }

  #readBody(bytes: Buffer, from: number): number {
    const body = this.#body;
    if (body === undefined) return from;
    const end = body.read(bytes, from, (part) => {
      this.#digest.add(part);
      this.#problem?.add(part);
    });
    if (body.state !== 'open') this.#state = body.state;
    return end;
  }
}

function isProblem(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/problem\+json(?:$|[ \t;])/i.test(contentType);
}
