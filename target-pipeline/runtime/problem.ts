/**
 * RFC 9457 problem documents, the shape of every error answer. The code after the prefix is the one the harness's error registry knows;
 * the registry says whether the error is definite.
 */
import type { Headers, OutgoingResponse } from './port.ts';

export const problemTypePrefix = 'urn:seamproof:problem:';
export const problemContentType = 'application/problem+json';

export interface Problem {
  readonly code: string;
  readonly status: number;
  /** What happened, what was expected, what to do. */
  readonly detail: string;
  /** Further members of the document. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export function problemResponse(problem: Problem, headers: Headers = {}): OutgoingResponse {
  const { code, status, detail, extra } = problem;
  return {
    status,
    headers: { 'content-type': problemContentType, ...headers },
    body: JSON.stringify({ ...extra, type: problemTypePrefix + code, title: code.replaceAll('-', ' '), status, detail }),
  };
}

/** The code of a problem document, or `undefined` when the body is anything else. */
export function problemCode(body: string): string | undefined {
  if (!body.includes(problemTypePrefix)) return undefined;
  try {
    const document: unknown = JSON.parse(body);
    if (typeof document !== 'object' || document === null || !('type' in document) || typeof document.type !== 'string') return undefined;
    return document.type.startsWith(problemTypePrefix) ? document.type.slice(problemTypePrefix.length) : undefined;
  } catch {
    return undefined;
  }
}
