import type { TrafficRecord } from '../history/index.ts';

/** A connection between two named nodes that the harness owns. `client` and `harness` are callers too. */
export interface EdgeName {
  readonly from: string;
  readonly to: string;
}

/** The request head as the proxy saw it, before anything is forwarded. */
export interface RequestView {
  readonly edge: EdgeName;
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** From the target's classification of the path. */
  readonly kind?: string;
  readonly key?: string;
  readonly idempotencyKey?: string;
  readonly fenceScope?: string;
  readonly fencingToken?: number;
  readonly attempt?: number;
  /** See `TrafficRecord.round`. */
  readonly round?: number;
  readonly receivedAt: number;
}

/**
 * What a fault does to one call. Every field is optional; none set means pass through.
 * The label of whatever was done is written to the call's `TrafficRecord.faults`.
 */
export interface FaultAction {
  /** Written to the traffic record, for example `held`. */
  readonly label: string;
  /** Forward the request only when this settles, even if the caller has gone by then. */
  readonly holdUntil?: Promise<void>;
  /** Wait this long before the request is forwarded. */
  readonly delayRequestMs?: number;
  /** Wait this long before the response is returned. */
  readonly delayResponseMs?: number;
}

/** What a call means to the pipeline; only the target knows its protocol. */
export type Classify = (method: string, path: string) => { readonly kind?: string; readonly key?: string };

/**
 * Consulted once a request's head is complete, so that a request which is let through streams; the first rule that answers decides.
 * A request that is held is read to its end meanwhile, and delivered on release even if its caller has gone by then.
 */
export interface FaultRule {
  readonly id: string;
  decide(request: RequestView): FaultAction | undefined;
}

/** The proxies as nemeses see them. */
export interface FaultPlane {
  /** Rules apply to requests that arrive after the call. The returned function removes the rule; calling it twice is harmless. */
  addRule(rule: FaultRule): () => void;
  /** Called for every finished call. Returns a function that stops it. */
  onTraffic(listener: (record: TrafficRecord) => void): () => void;
}
