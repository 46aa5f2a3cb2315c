/** A replica as proposers reach it over HTTP. */
import { type Runtime, TransportError, type TransportResponse } from '../runtime/port.ts';
import type { Ballot } from './ballot.ts';
import {
  type Accepted,
  type AcceptReply,
  type Fence,
  type FenceReply,
  type PrepareReply,
  type ReplicaPeer,
  ReplicaUnreachableError,
  type ScanPage,
} from './protocol.ts';

export function createReplicaPeer(runtime: Runtime, name: string, url: string): ReplicaPeer {
  const call = async (method: string, path: string, deadlineMs: number, body?: unknown, fence?: Fence): Promise<TransportResponse> => {
    try {
      return await runtime.transport.request({
        url: `${url}/replica/${path}`,
        method,
        deadlineMs,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(fence === undefined ? {} : { 'x-fencing-scope': fence.scope, 'x-fencing-token': String(fence.token) }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      if (error instanceof TransportError) throw new ReplicaUnreachableError(`${name}: ${error.message}`);
      throw error;
    }
  };

  const refusal = (response: TransportResponse): { kind: 'conflict'; promised: Ballot } | { kind: 'fenced'; highest: number } => {
    if (response.status === 412) return { kind: 'fenced', highest: (JSON.parse(response.body) as { highest: number }).highest };
    if (response.status === 409) return { kind: 'conflict', promised: (JSON.parse(response.body) as { promised: Ballot }).promised };
    throw new ReplicaUnreachableError(`${name} answered ${response.status}`);
  };

  const answerOf = async <Answer>(response: Promise<TransportResponse>): Promise<Answer> => {
    const { status, body } = await response;
    if (status !== 200) throw new ReplicaUnreachableError(`${name} answered ${status}`);
    return JSON.parse(body) as Answer;
  };

  return {
    name,
    async prepare({ key, ballot, from, fence }, deadlineMs) {
      const response = await call('POST', `prepare/${encodeURIComponent(key)}`, deadlineMs, { ballot, from }, fence);
      return response.status === 200 ? (JSON.parse(response.body) as PrepareReply) : refusal(response);
    },
    async accept({ key, ballot, envelope, from, fence }, deadlineMs) {
      const response = await call('POST', `accept/${encodeURIComponent(key)}`, deadlineMs, { ballot, envelope, from }, fence);
      return response.status === 200 ? (JSON.parse(response.body) as AcceptReply) : refusal(response);
    },
    async raiseFence(fence, from, deadlineMs) {
      const response = await call('POST', `fence/${encodeURIComponent(fence.scope)}`, deadlineMs, { from }, fence);
      if (response.status === 200) return JSON.parse(response.body) as FenceReply;
      if (response.status === 412) return { kind: 'fenced', highest: (JSON.parse(response.body) as { highest: number }).highest };
      throw new ReplicaUnreachableError(`${name} answered ${response.status}`);
    },
    read: (key, deadlineMs) => answerOf<Accepted>(call('GET', `read/${encodeURIComponent(key)}`, deadlineMs)),
    scan: (query, deadlineMs) => {
      const search = new URLSearchParams({ prefix: query.prefix, limit: String(query.limit), open: String(query.openOnly) });
      if (query.after !== undefined) search.set('after', query.after);
      return answerOf<ScanPage>(call('GET', `scan?${search.toString()}`, deadlineMs));
    },
  };
}
