/**
 * One request and its answer on their way through the proxy, and the traffic record they leave.
 */
import type { TrafficRecord } from '../history/index.ts';
import { withholdsResponse } from './actions/index.ts';
import { type Arrival, awaitArrival } from './arrival.ts';
import { Backlog } from './backlog.ts';
import { BodyDigest } from './digest.ts';
import { type BodyFraming, type BodyReader, createBodyReader } from './framing/body.ts';
import { ResponseReader } from './framing/response.ts';
import type { RequestCopy } from './second-delivery.ts';
import type { FaultAction, InjectedResponse, RequestView } from './types.ts';

/** The plane numbers records in the order calls end. */
export type UnnumberedRecord = Omit<TrafficRecord, 'id'>;

export interface Call {
  readonly request: RequestView;
  /** What a fault does to it; absent for a call that is passed through untouched. */
  readonly action: FaultAction | undefined;
  readonly requestBody: BodyReader;
  readonly requestDigest: BodyDigest;
  readonly response: ResponseReader;
  readonly requestArrival: Arrival;
  readonly responseArrival: Arrival;
  /** Request bytes that wait for the gate or for the connection. */
  readonly outbound: Backlog;
  /** Response bytes that wait for their gate. */
  readonly inbound: Backlog;
  /** The request, kept where a fault wants it delivered twice. */
  copy: RequestCopy | undefined;
  /** The answer that is given in the callee's place, once it is known to be. */
  injected: InjectedResponse | undefined;
  requestReleased: boolean;
  responseReleased: boolean;
  /** Some of the request has been written to the callee, so that it can't be sent again over another connection. */
  begun: boolean;
  /** The caller went away before it had the whole response. */
  callerLeft: boolean;
  requestBytes: number;
  responseBytes: number;
  forwardedAt: number | undefined;
  respondedAt: number | undefined;
}

export function startCall(request: RequestView, framing: BodyFraming, action: FaultAction | undefined): Call {
  return {
    request,
    action,
    requestBody: createBodyReader(framing),
    requestDigest: new BodyDigest(),
    response: new ResponseReader(request.method),
    requestArrival: awaitArrival(),
    responseArrival: awaitArrival(),
    outbound: new Backlog(),
    inbound: new Backlog(),
    copy: undefined,
    injected: undefined,
    requestReleased: true,
    responseReleased: true,
    begun: false,
    callerLeft: false,
    requestBytes: 0,
    responseBytes: 0,
    forwardedAt: undefined,
    respondedAt: undefined,
  };
}

/** Every byte of the response came and none was kept from the caller. */
export function isAnswered(call: Call): boolean {
  return call.response.state === 'complete' && call.inbound.bytes === 0 && !withholdsResponse(call.action);
}

export function recordOf(call: Call, outcome: TrafficRecord['outcome'], endedAt: number): UnnumberedRecord {
  const { request, response, forwardedAt, respondedAt } = call;
  const { edge, kind, key, idempotencyKey, fenceScope, fencingToken, attempt, round } = request;
  const requestDigest = call.requestBody.state === 'complete' ? call.requestDigest.hex() : undefined;
  const responseDigest = response.digest();
  const status = call.injected?.status ?? response.status;
  const problem = response.problem();
  return {
    edge: `${edge.from}->${edge.to}`,
    from: edge.from,
    to: edge.to,
    method: request.method,
    path: request.path,
    ...(kind !== undefined && { kind }),
    ...(key !== undefined && { key }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(fenceScope !== undefined && { fenceScope }),
    ...(fencingToken !== undefined && { fencingToken }),
    ...(attempt !== undefined && { attempt }),
    ...(round !== undefined && { round }),
    ...(requestDigest !== undefined && { requestDigest }),
    ...(responseDigest !== undefined && { responseDigest }),
    ...(status !== undefined && { status }),
    ...(problem !== undefined && { problem }),
    requestBytes: call.requestBytes,
    responseBytes: call.responseBytes,
    receivedAt: request.receivedAt,
    ...(forwardedAt !== undefined && { forwardedAt }),
    ...(respondedAt !== undefined && { respondedAt }),
    endedAt,
    outcome,
    faults: call.action === undefined ? [] : [call.action.label],
  };
}
