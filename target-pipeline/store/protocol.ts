/**
 * What proposers and replicas say to each other: CASPaxos (Rystsov 2018) with fencing tokens in front.
 * The same shapes travel as JSON over HTTP and as plain values in tests.
 */
import type { Ballot } from './ballot.ts';

/** A fencing scope and the token under which a call is made. */
export interface Fence {
  readonly scope: string;
  readonly token: number;
}

/**
 * What a register holds: the value, and what makes retries and scans safe.
 */
export interface Envelope {
  readonly value: unknown;
  /** Changes made to the register so far. */
  readonly changes: number;
  /** Ids of the newest changes, newest last: a proposer that lost its answer recognizes its own work. */
  readonly operationIds: readonly string[];
  /** Unfinished business: a new leader's scan asks for these. */
  readonly open: boolean;
}

export interface PrepareRequest {
  readonly key: string;
  readonly ballot: Ballot;
  readonly fence?: Fence;
  /** The node on whose behalf the call is made, for the log. */
  readonly from: string;
}

export interface AcceptRequest extends PrepareRequest {
  readonly envelope: Envelope;
}

export interface Accepted {
  readonly ballot: Ballot | null;
  readonly envelope: Envelope | null;
}

export type PrepareReply =
  | ({ readonly kind: 'promised' } & Accepted)
  | { readonly kind: 'conflict'; readonly promised: Ballot }
  | { readonly kind: 'fenced'; readonly highest: number };

export type AcceptReply =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'conflict'; readonly promised: Ballot }
  | { readonly kind: 'fenced'; readonly highest: number };

export type FenceReply = { readonly kind: 'raised' } | { readonly kind: 'fenced'; readonly highest: number };

export interface ScanPage {
  readonly cells: readonly (Accepted & { readonly key: string })[];
  /** Ask again with `after` set to this for the next page; absent on the last. */
  readonly next?: string;
}

/**
 * One replica, as a proposer reaches it. Every method may reject with `ReplicaUnreachableError`.
 */
export interface ReplicaPeer {
  readonly name: string;
  prepare(request: PrepareRequest, deadlineMs: number): Promise<PrepareReply>;
  accept(request: AcceptRequest, deadlineMs: number): Promise<AcceptReply>;
  read(key: string, deadlineMs: number): Promise<Accepted>;
  raiseFence(fence: Fence, from: string, deadlineMs: number): Promise<FenceReply>;
  scan(
    query: { readonly prefix: string; readonly after?: string; readonly limit: number; readonly openOnly: boolean },
    deadlineMs: number,
  ): Promise<ScanPage>;
}

/** No answer, or none that can be read. Whether the request was executed is not known. */
export class ReplicaUnreachableError extends Error {
  override readonly name = 'ReplicaUnreachableError';
}
