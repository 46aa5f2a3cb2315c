/**
 * Reads the head of an HTTP/1.x message (RFC 9112, sections 2 to 6) from bytes that may not be complete yet.
 *
 * Strict on purpose. The proxy forwards bytes unaltered, so whatever it understands differently from the two ends would be a message that it
 * frames wrongly and the others do not. A head that is not beyond doubt is `malformed`, and the connection is then passed through unread.
 */
import type { BodyFraming } from './body.ts';

export type Headers = Readonly<Record<string, string>>;

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: BodyFraming;
}

export interface ResponseHead {
  readonly status: number;
  readonly headers: Headers;
  readonly body: BodyFraming;
}

export type HeadRead<Head> =
  | { readonly state: 'incomplete' }
  | { readonly state: 'malformed' }
  /** `end` is the index of the first byte after the head. */
  | { readonly state: 'complete'; readonly head: Head; readonly end: number };

/** Far above what servers accept (Node.js: 16 KiB); a bound, so that a stream which is not HTTP is not collected for ever. */
const headLimitBytes = 64 * 1024;

const incomplete = { state: 'incomplete' } as const;
const malformed = { state: 'malformed' } as const;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const endOfHead = Buffer.from('\r\n\r\n');
const responsePrefix = Buffer.from('HTTP/1.');

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/;
const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n\0]*)?$/;
const decimal = /^[0-9]{1,15}$/;
const forbiddenInValue = /[\0\r\n]/;

export function readRequestHead(bytes: Buffer): HeadRead<RequestHead> {
  const start = skipEmptyLines(bytes);
  const end = bytes.indexOf(endOfHead, start);
  if (end === -1) return couldBecomeRequest(bytes, start) ? incomplete : malformed;
  const lines = bytes.toString('latin1', start, end).split('\r\n');
  const [, method, path, minor] = requestLine.exec(lines[0] ?? '') ?? [];
  const headers = readHeaders(lines);
  if (method === undefined || path === undefined || headers === undefined) return malformed;
  const body = requestBody(headers, minor === '1');
  if (body === undefined) return malformed;
  return { state: 'complete', head: { method, path, headers, body }, end: end + endOfHead.length };
}

/** `method` is that of the request it answers: the answer to HEAD has no body whatever its headers say. */
export function readResponseHead(bytes: Buffer, method: string): HeadRead<ResponseHead> {
  const end = bytes.indexOf(endOfHead);
  if (end === -1) return couldBecomeResponse(bytes) ? incomplete : malformed;
  const lines = bytes.toString('latin1', 0, end).split('\r\n');
  const [, minor, digits] = statusLine.exec(lines[0] ?? '') ?? [];
  const headers = readHeaders(lines);
  if (digits === undefined || headers === undefined) return malformed;
  const status = Number(digits);
  const body = responseBody(headers, status, method, minor === '1');
  if (body === undefined) return malformed;
  return { state: 'complete', head: { status, headers, body }, end: end + endOfHead.length };
}

/** RFC 9112, 2.2: a server ignores empty lines before the request line. They are forwarded like everything else. */
function skipEmptyLines(bytes: Buffer): number {
  let start = 0;
  while (bytes[start] === carriageReturn && bytes[start + 1] === lineFeed) start += 2;
  return start;
}

/** Answers early, so that a protocol that is not HTTP is passed on at its first bytes instead of waiting for a blank line. */
function couldBecomeRequest(bytes: Buffer, start: number): boolean {
  if (bytes.length - start > headLimitBytes || hasBareLineFeed(bytes, start)) return false;
  if (start === bytes.length || (start === bytes.length - 1 && bytes[start] === carriageReturn)) return true;
  const firstLineEnd = bytes.indexOf(lineFeed, start);
  if (firstLineEnd !== -1) return requestLine.test(bytes.toString('latin1', start, firstLineEnd - 1));
  const methodEnd = bytes.indexOf(space, start);
  return token.test(bytes.toString('latin1', start, methodEnd === -1 ? bytes.length : methodEnd));
}

function couldBecomeResponse(bytes: Buffer): boolean {
  if (bytes.length > headLimitBytes || hasBareLineFeed(bytes, 0)) return false;
  const known = Math.min(bytes.length, responsePrefix.length);
  return bytes.compare(responsePrefix, 0, known, 0, known) === 0;
}

/** Lenient servers end lines with a bare line feed; waiting for CR LF would then wait for ever. */
function hasBareLineFeed(bytes: Buffer, start: number): boolean {
  for (let at = bytes.indexOf(lineFeed, start); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) {
    if (at === start || bytes[at - 1] !== carriageReturn) return true;
  }
  return false;
}

/** Names in lower case; a repeated field is joined by a comma (RFC 9110, 5.3). `undefined`: some line is not a field. */
function readHeaders(lines: readonly string[]): Headers | undefined {
  // No prototype: `__proto__` is a legal field name.
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const colon = line.indexOf(':');
    if (colon === -1) return undefined;
    const name = line.slice(0, colon);
    const value = trimBlanks(line.slice(colon + 1));
    if (!token.test(name) || forbiddenInValue.test(value)) return undefined;
    const key = name.toLowerCase();
    const earlier = headers[key];
    headers[key] = earlier === undefined ? value : `${earlier}, ${value}`;
  }
  return headers;
}

/** Only spaces and tabs are optional white space; `String.trim` would take more. */
function trimBlanks(value: string): string {
  let from = 0;
  let to = value.length;
  while (from < to && (value[from] === ' ' || value[from] === '\t')) from += 1;
  while (to > from && (value[to - 1] === ' ' || value[to - 1] === '\t')) to -= 1;
  return value.slice(from, to);
}

/** RFC 9112, 6.3. Both lengths at once is how requests are smuggled: nobody should guess, so neither do we. */
function requestBody(headers: Headers, isVersion11: boolean): BodyFraming | undefined {
  const encoding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (encoding !== undefined) {
    return length === undefined && isVersion11 && encoding.toLowerCase() === 'chunked' ? { kind: 'chunked' } : undefined;
  }
  if (length === undefined) return { kind: 'none' };
  return decimal.test(length) ? { kind: 'length', bytes: Number(length) } : undefined;
}

function responseBody(headers: Headers, status: number, method: string, isVersion11: boolean): BodyFraming | undefined {
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return { kind: 'none' };
  if (method === 'CONNECT' && status < 300) return { kind: 'none' };
  const encoding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (encoding !== undefined) {
    if (length !== undefined || !isVersion11) return undefined;
    return /(?:^|,)[ \t]*chunked$/i.test(encoding) ? { kind: 'chunked' } : { kind: 'until-close' };
  }
  if (length === undefined) return { kind: 'until-close' };
  return decimal.test(length) ? { kind: 'length', bytes: Number(length) } : undefined;
}
