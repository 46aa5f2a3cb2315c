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
  /**
   * How long a message of so many bytes is on its way, milliseconds: asked once for the request and once for the response, when the message
   * has come in full (or so much of it that the rest must stream), and it is kept until then.
   */
  readonly transferMs?: (way: 'request' | 'response', bytes: number) => number;
  /** Deliver the request, read and record the whole response, then discard it and reset the caller's connection. */
  readonly dropResponse?: true;
  /** Reset the caller's connection before anything is forwarded. */
  readonly refuse?: true;
  /**
   * Of the request: forward nothing. Of the response: deliver the request, and discard the response once it is recorded. Either way the
   * caller hears nothing until it gives up, or until `until` settles, when its connection is reset.
   */
  readonly silence?: { readonly of: 'request' | 'response'; readonly until: Promise<void> };
  /** Answer with this and forward nothing; the record has its status, and no `forwardedAt`. */
  readonly respondWith?: InjectedResponse;
  /**
   * Deliver the request a second time, over a connection of its own: once the first delivery has ended, or while it is in progress. The second
   * response is discarded. It has a traffic record of its own, whose faults are `[label, 'copy']`: no attempt of the caller's.
   *
   * With another body, where `mutateBody` gives one, it is only delivered once the first was answered with a 2xx: a key means what it was
   * first used for, and that must be the caller's own body.
   */
  readonly duplicate?: { readonly when: 'afterwards' | 'meanwhile'; readonly mutateBody?: (body: Buffer) => Buffer | undefined };
}

export interface InjectedResponse {
  readonly status: number;
  /** Without a length; that is added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
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
