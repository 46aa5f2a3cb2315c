/**
 * What an answer, or the lack of one, says about the operation. The rule behind every line: `fail` only when the operation certainly did
 * not happen and never will. Whoever isn't sure says `info`.
 *
 * | what came | a call with effects | a pure read |
 * |---|---|---|
 * | 2xx with the promised body | ok | ok |
 * | 2xx with anything else, 1xx, 3xx, 4xx without a problem document | info unexpected-response | fail |
 * | problem document, definite code | fail | fail |
 * | problem document, any other code | info | fail |
 * | 5xx without a problem document | info server-error | fail |
 * | no connection could be made | fail connection-refused | fail |
 * | connection lost, body cut off | info connection-lost | fail |
 * | deadline passed | info timeout | fail |
 */
import { errors } from 'undici';
import { type ErrorCode, errorRegistry, isDefinite, type OperationError, problemTypePrefix } from '../history/index.ts';
import type { Endpoint, Outcome } from './types.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

export interface NoAnswer {
  readonly error: OperationError;
}

export interface Expectation {
  readonly endpoint: Endpoint;
  readonly pure: boolean;
  readonly accept: (body: unknown) => unknown;
}

export function outcomeOf(call: Expectation, answer: HttpAnswer | NoAnswer): Outcome {
  const { node } = call.endpoint;
  const result = 'error' in answer ? answer : resultOf(call, answer);
  if (!('error' in result)) return { type: 'ok', value: result.value, node };
  return { type: call.pure || isDefinite(result.error.code) ? 'fail' : 'info', error: result.error, node };
}

function resultOf(call: Expectation, { status, text }: HttpAnswer): { readonly value: unknown } | NoAnswer {
  const body = parseJson(text);
  if (status >= 200 && status < 300) {
    try {
      return { value: call.accept(body) };
    } catch (error) {
      return failure('unexpected-response', `${status}: ${messageOf(error)}: ${excerpt(text)}`);
    }
  }
  const problem = status >= 400 ? problemOf(body) : undefined;
  if (problem !== undefined) {
    const { code, message } = problem;
    return Object.hasOwn(errorRegistry, code)
      ? failure(code as ErrorCode, message)
      : failure('unexpected-response', `${status}: a problem of unknown type ${code}: ${message}`);
  }
  return failure(status >= 500 ? 'server-error' : 'unexpected-response', `${status}: ${excerpt(text)}`);
}

/** Reads an RFC 9457 problem document of ours. */
function problemOf(body: unknown): OperationError | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { type, title, detail } = body as Readonly<Record<string, unknown>>;
  if (typeof type !== 'string' || !type.startsWith(problemTypePrefix)) return undefined;
  const code = type.slice(problemTypePrefix.length);
  const message = typeof detail === 'string' ? detail : typeof title === 'string' ? title : code;
  return { code, message };
}

/** Reads what the HTTP client threw. `aborted`: the deadline had passed, or the run was stopped. */
export function noAnswer(error: unknown, aborted: boolean): NoAnswer {
  if (neverConnected(error)) return failure('connection-refused', messageOf(error));
  if (aborted) return failure('timeout', 'no answer before the deadline');
  const answered = error instanceof errors.HTTPParserError || error instanceof errors.ResponseExceededMaxSizeError;
  return failure(answered ? 'unexpected-response' : 'connection-lost', messageOf(error));
}

/**
 * Only a connection that was never made proves that the request never left. The system call tells: the codes alone don't, since for
 * example EHOSTUNREACH also comes from a connection that had been used. Several addresses tried in vain are an AggregateError.
 */
function neverConnected(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(neverConnected);
  if (codeOf(error) === 'UND_ERR_CONNECT_TIMEOUT') return true;
  const call = error instanceof Error && 'syscall' in error ? error.syscall : undefined;
  return call === 'connect' || call === 'getaddrinfo';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function failure(code: ErrorCode, message: string): NoAnswer {
  return { error: { code, message } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const excerptLength = 200;

function excerpt(text: string): string {
  if (text === '') return '(empty body)';
  return text.length <= excerptLength ? text : `${text.slice(0, excerptLength)}…`;
}
