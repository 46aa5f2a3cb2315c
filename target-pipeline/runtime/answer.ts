/** What every transport does around a handler, so that real and virtual ones cannot differ in it. */
import type { IncomingRequest, Logger, OutgoingResponse, RequestHandler } from './port.ts';
import { problemResponse } from './problem.ts';

/** A handler that throws has a bug or was caught halfway: the answer is a 500, whose problem code is not definite. */
export async function answer(handler: RequestHandler, request: IncomingRequest, log: Logger): Promise<OutgoingResponse> {
  try {
    return await handler(request);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    log.error('http.handler-failed', {
      method: request.method,
      path: request.path,
      error: detail,
      ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}),
    });
    return problemResponse({ code: 'server-error', status: 500, detail: `${request.method} ${request.path} failed: ${detail}` });
  }
}

export function bodyTooLarge(maxBodyBytes: number): OutgoingResponse {
  return problemResponse({
    code: 'invalid-request',
    status: 413,
    detail: `The body is larger than the ${maxBodyBytes} bytes accepted here; nothing was done. Send a smaller one.`,
  });
}

export function malformed(detail: string): OutgoingResponse {
  return problemResponse({ code: 'invalid-request', status: 400, detail });
}

export interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Splits and decodes a request target; `undefined` when it is not a path or its percent-encoding is broken. */
export function parseTarget(target: string): Target | undefined {
  if (!target.startsWith('/')) return undefined;
  const mark = target.indexOf('?');
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  try {
    const path = rawPath.includes('%') ? decodeURIComponent(rawPath) : rawPath;
    return { path, query: new URLSearchParams(mark === -1 ? '' : target.slice(mark + 1)) };
  } catch {
    return undefined;
  }
}
