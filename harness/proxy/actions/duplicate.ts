/**
 * A second delivery of a request that was delivered once: what a network, a proxy or an impatient client may do to any request. The bytes
 * are the first's, unless the body is mutated, which is what a client does that uses a key again for something else.
 */
import type { FaultAction } from '../types.ts';

const ownLength = /^(?:content-length|transfer-encoding)$/i;

/** The request to be sent again: all of it as bytes. `head` ends with its empty line. */
export function copyRequest(head: Buffer, body: Buffer): Buffer {
  const [requestLine = '', ...fields] = head.toString('latin1').trim().split('\r\n');
  // One length for all, however the original told where it ended.
  const kept = fields.filter((field) => !ownLength.test(field.slice(0, field.indexOf(':')).trim()));
  const lines = [requestLine, ...kept, `content-length: ${body.length}`];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

/** The body of the second delivery; `undefined` when there must be none. */
export function copiedBody(
  body: Buffer,
  { mutateBody }: NonNullable<FaultAction['duplicate']>,
  originalStatus: number | undefined,
): Buffer | undefined {
  if (mutateBody === undefined) return body;
  // A mutated body that came first would be what the key means, and the caller's own would be refused.
  const wasCarriedOut = originalStatus !== undefined && originalStatus >= 200 && originalStatus < 300;
  return wasCarriedOut ? mutateBody(body) : undefined;
}
