import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodyDigest } from '../digest.ts';
import { createBodyReader } from './body.ts';
import { readRequestHead, readResponseHead } from './head.ts';
import { ResponseReader } from './response.ts';

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Cuts `bytes` at the given places, whatever their order. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at
    .slice(1)
    .map((end, index) => bytes.subarray(at[index], end))
    .filter((part) => part.length > 0);
}

function chunkedOf(payloads: readonly Uint8Array[], trailer = ''): Buffer {
  const chunks = payloads
    .filter((payload) => payload.length > 0)
    .flatMap((payload) => [bytesOf(`${payload.length.toString(16)};x=y\r\n`), payload, bytesOf('\r\n')]);
  return Buffer.concat([...chunks, bytesOf(`0\r\n${trailer}\r\n`)]);
}

describe('a request head', () => {
  test('gives method, path and fields in lower case, joining repeated ones', () => {
    const read = readRequestHead(bytesOf('POST /orders?wait=terminal HTTP/1.1\r\nHost: a\r\nX-Many: 1\r\nx-many:  2\t\r\n\r\nrest'));
    expect(read).toMatchObject({ state: 'complete', head: { method: 'POST', path: '/orders?wait=terminal', body: { kind: 'none' } } });
    if (read.state !== 'complete') return;
    expect({ ...read.head.headers }).toEqual({ host: 'a', 'x-many': '1, 2' });
    expect(read.end).toBe('POST /orders?wait=terminal HTTP/1.1\r\nHost: a\r\nX-Many: 1\r\nx-many:  2\t\r\n\r\n'.length);
  });

  test('may be preceded by empty lines', () => {
    expect(readRequestHead(bytesOf('\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'))).toMatchObject({
      state: 'complete',
      head: { method: 'GET' },
    });
  });

  test('keeps a field called __proto__ as a field', () => {
    const read = readRequestHead(bytesOf('GET / HTTP/1.1\r\n__proto__: 5\r\n\r\n'));
    expect(read.state === 'complete' && Object.entries(read.head.headers)).toEqual([['__proto__', '5']]);
  });

  test.each([
    ['another protocol', '\x16\x03\x01\x02'],
    ['another protocol in text', 'PING\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a bare line feed, at once', 'GET / HTTP/1.1\nHost: a\n'],
    ['a bare line feed in the fields', 'GET / HTTP/1.1\r\nHost: a\n\nGET'],
    ['a folded field', 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nContent-Length : 3\r\n\r\n'],
    ['a line without a colon', 'GET / HTTP/1.1\r\nnonsense\r\n\r\n'],
    ['two different lengths', 'POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n'],
    ['a length that is no number', 'POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\n'],
    ['a length and chunks at once', 'POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['an unknown transfer coding', 'POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n'],
    ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a path with a space', 'GET /a b HTTP/1.1\r\n\r\n'],
    ['no end in sight', `GET / HTTP/1.1\r\nA: ${'a'.repeat(70_000)}`],
  ])('is malformed when it has %s', (_, text) => {
    expect(readRequestHead(bytesOf(text)).state).toBe('malformed');
  });

  test('is incomplete, never malformed, at every prefix of a good one', () => {
    const whole = bytesOf('\r\nPOST /a?b=c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n');
    for (let length = 0; length < whole.length; length += 1)
      expect([length, readRequestHead(whole.subarray(0, length)).state]).toEqual([length, 'incomplete']);
    expect(readRequestHead(whole)).toMatchObject({ state: 'complete', head: { body: { kind: 'chunked' } } });
  });
});

describe('a response head', () => {
  test.each([
    ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', { kind: 'length', bytes: 3 }],
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', { kind: 'none' }],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', { kind: 'none' }],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n', { kind: 'none' }],
    ['GET', 'HTTP/1.1 200\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', { kind: 'chunked' }],
    ['GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', { kind: 'until-close' }],
    ['GET', 'HTTP/1.0 200 OK\r\n\r\n', { kind: 'until-close' }],
    ['CONNECT', 'HTTP/1.1 200 OK\r\n\r\n', { kind: 'none' }],
  ])('to %s frames the body: %j', (method, text, body) => {
    expect(readResponseHead(bytesOf(text), method)).toMatchObject({ state: 'complete', head: { body } });
  });

  test.each(['220 smtp.example ESMTP\r\n', 'HTTP/2 200\r\n\r\n', 'HTTP/1.1 20 OK\r\n\r\n', 'HTTP/1.1 200 OK\nA: b\n'])(
    'is malformed: %j',
    (text) => {
      expect(readResponseHead(bytesOf(text), 'GET').state).toBe('malformed');
    },
  );
});

describe('a body', () => {
  test('in chunks ends at the same byte and gives the same payload however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.array(fc.nat(1_000)),
        fc.constantFrom('', 'a: b\r\n'),
        (payloads, places, trailer) => {
          const body = chunkedOf(payloads, trailer);
          const parts = cut(Buffer.concat([body, bytesOf('GET')]), places);
          const reader = createBodyReader({ kind: 'chunked' });
          const seen: Buffer[] = [];
          let end = 0;
          for (const part of parts) end += reader.state === 'complete' ? 0 : reader.read(part, 0, (payload) => seen.push(payload));
          expect([end, reader.state]).toEqual([body.length, 'complete']);
          expect(Buffer.concat(seen)).toEqual(Buffer.concat(payloads));
        },
      ),
    );
  });

  test.each(['zz\r\n', '\r\n', '-1\r\n', '3\nabc', '3\r\nabcd\r\n', '3\r\nabc\n0\r\n\r\n', `${'1'.repeat(13)}\r\n`, '3 4\r\nabc\r\n'])(
    'in chunks is malformed: %j',
    (text) => {
      const reader = createBodyReader({ kind: 'chunked' });
      expect(reader.read(bytesOf(text), 0, () => undefined)).toBe(text.length);
      expect(reader.state).toBe('malformed');
      expect(reader.read(bytesOf('more'), 0, () => undefined)).toBe(4);
    },
  );

  test('of a stated length ends there, and a close before that does not complete it', () => {
    const reader = createBodyReader({ kind: 'length', bytes: 4 });
    expect(reader.read(bytesOf('ab'), 0, () => undefined)).toBe(2);
    reader.close();
    expect(reader.state).toBe('open');
    expect(reader.read(bytesOf('cdGET'), 0, () => undefined)).toBe(2);
    expect(reader.state).toBe('complete');
  });
});

describe('a response', () => {
  test('is followed over interim heads, however it is cut', () => {
    const problem = JSON.stringify({ type: 'urn:seamproof:problem:fenced', title: 'é' });
    const whole = Buffer.concat([
      bytesOf(
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 409 Conflict\r\nContent-Type: application/problem+json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n',
      ),
      chunkedOf([Buffer.from(problem)]),
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(1_000)), (places) => {
        const reader = new ResponseReader('POST');
        let end = 0;
        for (const part of cut(Buffer.concat([whole, bytesOf('HTTP')]), places)) end += reader.read(part);
        expect([end, reader.state, reader.status, reader.problem()]).toEqual([whole.length, 'complete', 409, 'fenced']);
        expect(reader.digest()).toBe(createHash('sha256').update(problem).digest('hex').slice(0, 16));
      }),
    );
  });

  test.each([
    ['application/problem+json', '{"type":"about:blank"}', 'about:blank'],
    ['application/problem+json', '{"type":5}', undefined],
    ['application/problem+json', 'not json', undefined],
    ['application/problem+json', `{"type":"${'x'.repeat(70_000)}"}`, undefined],
    ['application/json', '{"type":"urn:seamproof:problem:fenced"}', undefined],
  ])('of type %s with body %.30s has problem %s', (type, body, problem) => {
    const reader = new ResponseReader('GET');
    reader.read(bytesOf(`HTTP/1.1 500 X\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
    expect([reader.state, reader.problem()]).toEqual(['complete', problem]);
  });

  test('without a length is complete when the connection ends', () => {
    const reader = new ResponseReader('GET');
    reader.read(bytesOf('HTTP/1.1 200 OK\r\n\r\nabc'));
    expect([reader.state, reader.digest()]).toEqual(['body', undefined]);
    reader.close();
    expect([reader.state, reader.digest()]).toEqual(['complete', createHash('sha256').update('abc').digest('hex').slice(0, 16)]);
  });
});

test('a digest does not depend on the pieces the body came in, and an empty body has none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.array(fc.nat(1_000)), (bytes, places) => {
      const digest = new BodyDigest();
      for (const part of cut(Buffer.from(bytes), places)) digest.add(part);
      expect(digest.hex()).toBe(createHash('sha256').update(bytes).digest('hex').slice(0, 16));
    }),
  );
  expect(new BodyDigest().hex()).toBeUndefined();
});
