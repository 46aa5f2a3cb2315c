/**
 * A second delivery of a request that was delivered once: what a network, a proxy or an impatient client may do to any request. The bytes
 * are the first's, unless the body is mutated, which is what a client does that uses a key again for something else.
 */
import type { FaultAction } from '../types.ts';

const ownLength = /^(?:content-length|transfer-encoding)$/i;

/** The request to be sent again: its body, and all of it as bytes. `head` ends with its empty line. */
export function copyRequest(head: Buffer, body: Buffer, { mutateBody }: NonNullable<FaultAction['duplicate']>): { readonly body: Buffer; readonly bytes: Buffer } {
  const copied = mutateBody?.(body) ?? body;
  const [requestLine = '', ...fields] = head.toString('latin1').trim().split('\r\n');
  // One length for all, however the original told where it ended.
  const kept = fields.filter((field) => !ownLength.test(field.slice(0, field.indexOf(':')).trim()));
  const lines = [requestLine, ...kept, `content-length: ${copied.length}`];
  return { body: copied, bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), copied]) };
}
