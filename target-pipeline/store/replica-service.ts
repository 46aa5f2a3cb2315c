/**
 * A replica's HTTP face: `/replica/<verb>/<key>`. The fencing token travels in headers, so that whoever watches the wire sees it.
 */
import { z } from 'zod';
import type { IncomingRequest, OutgoingResponse } from '../runtime/port.ts';
import { problemResponse } from '../runtime/problem.ts';
import { type AcceptorPort, ReplicaRefusesError } from './lasting-acceptor.ts';
import type { AcceptReply, Fence, FenceReply, PrepareReply } from './protocol.ts';

const ballotSchema = z.tuple([z.int().nonnegative(), z.int().positive(), z.string().min(1)]);
const prepareSchema = z.object({ ballot: ballotSchema, from: z.string() });
/** Whatever was parsed from JSON is JSON; walking through a large value to see that takes longer than storing it. */
const jsonValue = z.unknown().refine((value) => value !== undefined, 'missing');
const acceptSchema = prepareSchema.extend({
  envelope: z.object({ value: jsonValue, changes: z.int().nonnegative(), operationIds: z.array(z.string()), open: z.boolean() }),
});
const fenceSchema = z.object({ from: z.string() });

const scanLimitMax = 1000;

export function createReplicaService(acceptor: AcceptorPort): (request: IncomingRequest) => Promise<OutgoingResponse> {
  return async (request) => {
    try {
      return await serve(acceptor, request);
    } catch (error) {
      if (error instanceof ReplicaRefusesError) return problemResponse({ code: 'unavailable', status: 503, detail: error.message });
      throw error;
    }
  };
}

async function serve(acceptor: AcceptorPort, request: IncomingRequest): Promise<OutgoingResponse> {
  const [, , verb, ...rest] = request.path.split('/');
  const key = rest.join('/');
  const fence = fenceOf(request);
  if (fence === 'malformed') return badRequest('X-Fencing-Token must be a positive whole number and come with X-Fencing-Scope.');
  switch (`${request.method} ${verb ?? ''}`) {
    case 'POST prepare': {
      const body = parse(prepareSchema, request);
      if (body === undefined) return badRequest('Expected a JSON body {ballot: [token, counter, proposer], from}.');
      return replyTo(await acceptor.prepare({ key, ...body, ...(fence === undefined ? {} : { fence }) }));
    }
    case 'POST accept': {
      const body = parse(acceptSchema, request);
      if (body === undefined) return badRequest('Expected a JSON body {ballot, envelope: {value, changes, operationIds, open}, from}.');
      return replyTo(await acceptor.accept({ key, ...body, ...(fence === undefined ? {} : { fence }) }));
    }
    case 'POST fence': {
      const body = parse(fenceSchema, request);
      if (body === undefined || fence === undefined) return badRequest('Expected a JSON body {from}, X-Fencing-Scope and X-Fencing-Token.');
      return replyTo(await acceptor.raiseFence(fence, body.from));
    }
    case 'GET read':
      return json(200, await acceptor.read(key));
    case 'GET scan': {
      const limit = Math.min(scanLimitMax, Math.max(1, Number(request.query.get('limit') ?? scanLimitMax) || 1));
      const after = request.query.get('after');
      const page = await acceptor.scan({
        prefix: request.query.get('prefix') ?? '',
        limit,
        openOnly: request.query.get('open') === 'true',
        ...(after === null ? {} : { after }),
      });
      return json(200, page);
    }
    case 'GET fences':
      return json(200, acceptor.fences());
    default:
      return problemResponse({ code: 'not-found', status: 404, detail: `A replica has no ${request.method} ${request.path}.` });
  }
}

function fenceOf(request: IncomingRequest): Fence | undefined | 'malformed' {
  const scope = request.headers['x-fencing-scope'];
  const text = request.headers['x-fencing-token'];
  if (scope === undefined && text === undefined) return undefined;
  const token = Number(text);
  return scope !== undefined && Number.isSafeInteger(token) && token > 0 ? { scope, token } : 'malformed';
}

function parse<Schema extends z.ZodType>(schema: Schema, request: IncomingRequest): z.infer<Schema> | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(Buffer.from(request.body).toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function replyTo(reply: PrepareReply | AcceptReply | FenceReply): OutgoingResponse {
  switch (reply.kind) {
    case 'fenced':
      return problemResponse({
        code: 'fenced',
        status: 412,
        detail: `A higher fencing token, ${reply.highest}, is in force.`,
        extra: { highest: reply.highest },
      });
    case 'conflict':
      return problemResponse({
        code: 'ballot-conflict',
        status: 409,
        detail: 'A newer ballot was promised.',
        extra: { promised: reply.promised },
      });
    default:
      return json(200, reply);
  }
}

function badRequest(detail: string): OutgoingResponse {
  return problemResponse({ code: 'invalid-request', status: 400, detail });
}

function json(status: number, body: unknown): OutgoingResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
