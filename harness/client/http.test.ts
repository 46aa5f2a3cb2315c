import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorRegistry } from '../history/index.ts';
import { outcomeOf } from './answers.ts';
import { createHttpClient, type HttpCall, type HttpClient } from './http.ts';
import { behaviours, startServer, type TestServer } from './test-support.ts';
import type { Endpoint, Outcome } from './types.ts';

let server: TestServer;
let http: HttpClient;
/** Nothing listens there. */
let deserted: Endpoint;

beforeAll(async () => {
  server = await startServer();
  const reserved = createServer();
  await new Promise<void>((resolve) => reserved.listen(0, '127.0.0.1', resolve));
  const address = reserved.address();
  deserted = { node: 'order-9', url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` };
  await new Promise((resolve) => reserved.close(resolve));
  http = createHttpClient([server.endpoint, deserted]);
});
afterAll(async () => {
  await http.close();
  await server.close();
});

function accept(body: unknown): unknown {
  if (typeof body === 'object' && body !== null && 'value' in body) return body.value;
  throw new Error('expected { value }');
}

function call(behaviour: string, overrides: Partial<HttpCall> = {}, deadlineMs = 20_000): Promise<Outcome> {
  const base = { endpoint: server.endpoint, method: 'POST', path: `/${behaviour}`, body: {}, pure: false, accept } as const;
  return http.call({ ...base, ...overrides }, AbortSignal.timeout(deadlineMs));
}

const write = (behaviour: string, deadlineMs?: number): Promise<Outcome> => call(behaviour, {}, deadlineMs);
const read = (behaviour: string, deadlineMs?: number): Promise<Outcome> =>
  call(behaviour, { method: 'GET', body: undefined, pure: true }, deadlineMs);

/** Behaviour, then the outcome of a call with effects. */
const outcomes: readonly (readonly [behaviour: string, type: 'fail' | 'info', code: string])[] = [
  ['other-shape', 'info', 'unexpected-response'],
  ['not-json', 'info', 'unexpected-response'],
  ['empty', 'info', 'unexpected-response'],
  ['redirect', 'info', 'unexpected-response'],
  ['plain-400', 'info', 'unexpected-response'],
  ['plain-404', 'info', 'unexpected-response'],
  ['plain-500', 'info', 'server-error'],
  ['plain-503', 'info', 'server-error'],
  ['overloaded', 'fail', 'overloaded'],
  ['unavailable', 'fail', 'unavailable'],
  ['cas-mismatch', 'fail', 'cas-mismatch'],
  ['indeterminate', 'info', 'indeterminate'],
  ['fenced', 'info', 'fenced'],
  ['in-flight', 'info', 'idempotency-key-in-flight'],
  ['unknown-problem', 'info', 'unexpected-response'],
  ['prototype-problem', 'info', 'unexpected-response'],
  ['problem-in-success', 'info', 'unexpected-response'],
  ['reset', 'info', 'connection-lost'],
  ['close', 'info', 'connection-lost'],
  ['garbage', 'info', 'unexpected-response'],
  ['cut', 'info', 'connection-lost'],
  ['endless', 'info', 'unexpected-response'],
];

describe('a call with effects', () => {
  test('is ok when the promised body came', async () => {
    expect(await write('ok')).toEqual({ type: 'ok', value: 7, node: 'order-1' });
  });

  test.each(outcomes)('that meets %s is %s %s', async (behaviour, type, code) => {
    expect(await write(behaviour)).toEqual({ type, error: { code, message: expect.any(String) }, node: 'order-1' });
  });

  test('that gets no answer before its deadline is info timeout', async () => {
    expect(await write('never', 30)).toMatchObject({ type: 'info', error: { code: 'timeout' } });
  });

  test('is never fail once the request reached the server, unless a definite problem document said so', async () => {
    for (const behaviour of Object.keys(behaviours).filter((name) => name !== 'never')) {
      const outcome = await write(behaviour);
      if (outcome.type !== 'fail') continue;
      expect(
        Object.entries(errorRegistry)
          .filter(([, { definite }]) => definite)
          .map(([code]) => code),
      ).toContain(behaviour);
      expect(outcome.error.message).toBe(`because of ${behaviour}`);
    }
  });

  test('is fail when no connection could be made', async () => {
    const outcome = await call('ok', { endpoint: deserted });
    expect(outcome).toMatchObject({ type: 'fail', error: { code: 'connection-refused' }, node: 'order-9' });
  });

  test('is sent exactly once, whatever happens to it', async () => {
    for (const behaviour of Object.keys(behaviours)) {
      const before = server.arrived.length;
      await write(behaviour, behaviour === 'never' ? 30 : undefined);
      expect(server.arrived.slice(before), behaviour).toEqual([`POST /${behaviour}`]);
    }
  });
});

describe('a pure read', () => {
  test.each(outcomes)('that meets %s is fail: it changed nothing', async (behaviour, _, code) => {
    expect(await read(behaviour)).toMatchObject({ type: 'fail', error: { code } });
  });

  test('that gets no answer before its deadline is fail timeout', async () => {
    expect(await read('never', 30)).toMatchObject({ type: 'fail', error: { code: 'timeout' } });
  });

  test('is sent exactly once as well', async () => {
    for (const behaviour of ['reset', 'close', 'cut', 'garbage', 'plain-503']) {
      const before = server.arrived.length;
      await read(behaviour);
      expect(server.arrived.slice(before), behaviour).toEqual([`GET /${behaviour}`]);
    }
  });
});

describe('every problem document', () => {
  test.each(Object.entries(errorRegistry))('%s has the outcome its registry entry allows', (code, { definite }) => {
    const text = JSON.stringify({ type: `urn:seamproof:problem:${code}`, title: 'x' });
    const expectation = { endpoint: deserted, pure: false, accept };
    for (const status of [400, 409, 422, 500, 503]) {
      expect(outcomeOf(expectation, { status, text })).toMatchObject({ type: definite ? 'fail' : 'info', error: { code } });
    }
  });
});

test('a call that is under way when the client closes does not hang', async () => {
  const closing = createHttpClient([server.endpoint]);
  const before = server.arrived.length;
  const outcome = closing.call(
    { endpoint: server.endpoint, method: 'POST', path: '/never', pure: false, accept },
    new AbortController().signal,
  );
  await expect.poll(() => server.arrived.length, { interval: 1 }).toBe(before + 1);
  await closing.close();
  expect(await outcome).toMatchObject({ type: 'info', error: { code: 'connection-lost' } });
});
