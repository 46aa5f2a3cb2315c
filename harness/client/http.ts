/**
 * HTTP calls to the pipeline, one physical request for each: no retries, no redirects, no pipelining. A retry here would hide the very
 * failures that are looked for, and a second delivery that the history doesn't show would make it lie.
 *
 *     const http = createHttpClient(endpoints);
 *     const outcome = await http.call({ endpoint, method: 'GET', path: '/registers/r-1', pure: true, accept: valueOf }, signal);
 */
import { Pool } from 'undici';
import { type HttpAnswer, type NoAnswer, noAnswer, outcomeOf } from './answers.ts';
import type { Endpoint, Outcome } from './types.ts';

/** Time to make a connection; a deadline that passes sooner wins. */
const connectTimeoutMs = 10_000;
/** Answers of the API are small; one without end must not fill the memory. */
const maxResponseBytes = 1024 * 1024;

export interface HttpCall {
  readonly endpoint: Endpoint;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** With query, properly escaped. */
  readonly path: string;
  readonly idempotencyKey?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The call changes nothing, so whatever goes wrong, it did not happen. */
  readonly pure: boolean;
  /** Reads the result from the body of a 2xx answer; throws when the body isn't what the API promises. */
  readonly accept: (body: unknown) => unknown;
}

export interface HttpClient {
  /** Never rejects: everything that can go wrong is an outcome. */
  call(call: HttpCall, signal: AbortSignal): Promise<Outcome>;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

export function createHttpClient(endpoints: readonly Endpoint[]): HttpClient {
  const pools = new Map<string, Pool>();
  for (const { url } of endpoints) {
    // Any number of connections: waiting for one inside the client would be a delay that no one ordered.
    const options = { connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: connectTimeoutMs } };
    pools.set(url, new Pool(new URL(url).origin, { ...options, maxResponseSize: maxResponseBytes }));
  }
  return {
    call: async (call, signal) => {
      const pool = pools.get(call.endpoint.url);
      if (pool === undefined) throw new Error(`${call.endpoint.url} is not among the endpoints this client was made for`);
      return outcomeOf(call, await send(pool, call, signal));
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

async function send(pool: Pool, call: HttpCall, signal: AbortSignal): Promise<HttpAnswer | NoAnswer> {
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json' };
  if (call.body !== undefined) headers['content-type'] = 'application/json';
  if (call.idempotencyKey !== undefined) headers['idempotency-key'] = call.idempotencyKey;
  try {
    const response = await pool.request({
      method: call.method,
      path: call.path,
      headers,
      signal,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    return { status: response.statusCode, text: await response.body.text() };
  } catch (error) {
    return noAnswer(error, signal.aborted);
  }
}
