/** What the services' HTTP faces share: routes, validated bodies, the headers of an effect, answers. */
import { z } from 'zod';
import { ClockOffsetError, type HybridLogicalClock } from '../events/hybrid-logical-clock.ts';
import type { IncomingRequest, OutgoingResponse } from '../runtime/port.ts';
import { type Problem, problemResponse } from '../runtime/problem.ts';
import type { ChangeOutcome, Fence } from '../store/index.ts';

/** Thrown anywhere in a handler; answered as the problem document it holds. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: Problem, headers: Readonly<Record<string, string>> = {}) {
    super(problem.detail);
    this.problem = problem;
    this.headers = headers;
  }
}

export type RouteHandler = (request: IncomingRequest, params: Readonly<Record<string, string>>) => Promise<OutgoingResponse>;

export interface Route {
  readonly method: string;
  /** For example `/orders/:id/cancel`; a parameter matches one segment, `*` at the end the rest. */
  readonly path: string;
  readonly handle: RouteHandler;
}

/** First match wins. A path that exists under another method is 405, any other 404. */
export function createRouter(routes: readonly Route[]): (request: IncomingRequest) => Promise<OutgoingResponse> {
  const compiled = routes.map((route) => ({ ...route, segments: route.path.split('/') }));
  return async (request) => {
    const segments = request.path.split('/');
    const allowed: string[] = [];
    for (const route of compiled) {
      const params = match(route.segments, segments);
      if (params === undefined) continue;
      if (route.method !== request.method) {
        allowed.push(route.method);
        continue;
      }
      try {
        return await route.handle(request, params);
      } catch (error) {
        if (error instanceof ProblemError) return problemResponse(error.problem, error.headers);
        throw error;
      }
    }
    if (allowed.length === 0) return problemResponse({ code: 'not-found', status: 404, detail: `There is no ${request.path} here.` });
    return problemResponse(
      { code: 'invalid-request', status: 405, detail: `${request.path} takes ${allowed.join(', ')}, not ${request.method}.` },
      { allow: allowed.join(', ') },
    );
  };
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    if (part === '*') return { ...params, rest: segments.slice(index).join('/') };
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if (part.startsWith(':')) {
      if (segment === '') return undefined;
      params[part.slice(1)] = segment;
    } else if (part !== segment) {
      return undefined;
    }
  }
  return pattern.length === segments.length ? params : undefined;
}

/** The body as `schema` has it, or a 400 that says which field is wrong and why. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, request: IncomingRequest): z.infer<Schema> {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(request.body).toString('utf8'));
  } catch {
    throw new ProblemError({
      code: 'invalid-request',
      status: 400,
      detail: 'The body is not JSON. Send a JSON object with Content-Type: application/json.',
    });
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
  throw new ProblemError({ code: 'invalid-request', status: 400, detail });
}

const idempotencyKeyPattern = /^[\x21-\x7e]{1,200}$/;

export function requireIdempotencyKey(request: IncomingRequest): string {
  const key = request.headers['idempotency-key'];
  if (key === undefined) {
    throw new ProblemError({
      code: 'missing-idempotency-key',
      status: 400,
      detail: 'This call has an effect, so it needs an Idempotency-Key header: any text that is unique for the effect you want.',
    });
  }
  if (!idempotencyKeyPattern.test(key)) {
    throw new ProblemError({ code: 'invalid-request', status: 400, detail: 'Idempotency-Key must be 1 to 200 visible ASCII characters.' });
  }
  return key;
}

/** The leader's token, which every effect on its behalf carries. */
export function requireFence(request: IncomingRequest): Fence {
  const scope = request.headers['x-fencing-scope'];
  const token = Number(request.headers['x-fencing-token']);
  if (scope === undefined || !Number.isSafeInteger(token) || token < 1) {
    throw new ProblemError({
      code: 'invalid-request',
      status: 400,
      detail: 'This call is made on behalf of a leader, so it needs X-Fencing-Scope and X-Fencing-Token (a positive whole number).',
    });
  }
  return { scope, token };
}

/** The result of a register change, or the problem that stands for its failure. */
export function resultOf<T>(outcome: ChangeOutcome<T>): T {
  switch (outcome.kind) {
    case 'done':
      return outcome.result;
    case 'unavailable':
      throw new ProblemError({ code: 'unavailable', status: 503, detail: outcome.reason }, { 'retry-after': '1' });
    case 'indeterminate':
      throw new ProblemError({ code: 'indeterminate', status: 504, detail: outcome.reason });
    case 'fenced':
      throw new ProblemError({
        code: 'fenced',
        status: 412,
        detail: `A higher fencing token, ${outcome.highest}, is in force.`,
        extra: { highest: outcome.highest },
      });
    default:
      return outcome satisfies never;
  }
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): OutgoingResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** The stamp of whatever caused a call. */
export const causeSchema = z.string().regex(/^[0-9a-f]{12}\.[0-9a-f]{4}\.[\w-]{1,64}$/, 'expected a hybrid logical clock stamp');

/** Moves `clock` past the cause, or refuses it: one wrong clock must not drag all others into its future. */
export function hearCause(clock: HybridLogicalClock, cause: string): void {
  try {
    clock.receive(cause);
  } catch (error) {
    if (error instanceof ClockOffsetError) throw new ProblemError({ code: 'invalid-request', status: 400, detail: error.message });
    throw error;
  }
}
