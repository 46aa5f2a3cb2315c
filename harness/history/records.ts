import type { Operation } from './operation.ts';

/**
 * One physical HTTP call that an edge proxy saw, a line of `traffic.jsonl`.
 * All times are nanoseconds since the run began, on the same clock as the history.
 */
export interface TrafficRecord {
  /** Position in the file, dense from 0, in the order calls *ended*. */
  readonly id: number;
  /** `from->to`, for example `order-1->replica-2`. */
  readonly edge: string;
  readonly from: string;
  readonly to: string;
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  /** What the call means to the pipeline, as the target classified its path: `replica-write`, `replica-prepare`, `effect`, `withdrawal` (the shop takes back an order that it oversold), … */
  readonly kind?: string;
  /** The object it concerns (a register key for replica calls), as the target read it from the path. */
  readonly key?: string;
  readonly idempotencyKey?: string;
  /** Fencing scope and token that travelled with the request. */
  readonly fenceScope?: string;
  readonly fencingToken?: number;
  /** 1 for the first attempt of an operation, as the caller counts. */
  readonly attempt?: number;
  /**
   * How often the caller's caller had asked for the same operation before: its attempts are counted anew each time. From 1 on the first
   * attempt, too, is a retry in every sense.
   */
  readonly round?: number;
  /** A digest of the request body (first 16 hex digits of SHA-256), so that a mutated resend is visible. */
  readonly requestDigest?: string;
  /** A digest of the response body, so that two answers can be compared. */
  readonly responseDigest?: string;
  /** Absent when no complete response head came. */
  readonly status?: number;
  /** The `type` of a problem document in the response, without its prefix, when there was one. */
  readonly problem?: string;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** The request's first byte reached the proxy. */
  readonly receivedAt: number;
  /** The complete request was handed to the callee. Absent: it never was. */
  readonly forwardedAt?: number;
  /** The response's last byte reached the proxy. Absent: it never did. */
  readonly respondedAt?: number;
  /** The call ended, however it ended. */
  readonly endedAt: number;
  /** How it ended, seen from the proxy. */
  readonly outcome: 'completed' | 'caller-closed' | 'callee-closed' | 'callee-refused' | 'dropped';
  /** What a fault did to it, for example `held`, `response-dropped`. Empty: passed through untouched. */
  readonly faults: readonly string[];
}

/** A structured log line of a node, as far as checkers care; `fields` holds the rest of the line. */
export interface LogRecord {
  readonly node: string;
  /** For example `fence.rejected`. */
  readonly event: string;
  /** Wall-clock milliseconds by the node's own clock: good for display, never for ordering. */
  readonly wallMs?: number;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The line as printed. */
  readonly line: string;
}

/** A line that must never be printed, with what was printed around it. */
export interface Complaint {
  /** What such a line means. */
  readonly meaning: string;
  readonly line: string;
  /** In the node's log, from 1. */
  readonly lineNumber: number;
  /** The trace that the line ends, and the one it begins. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Everything a node printed, as far as it can be kept: how much it was, and what must never be there. */
export interface NodeOutput {
  readonly node: string;
  readonly lines: number;
  /** All complaints, by meaning. */
  readonly counts: Readonly<Record<string, number>>;
  /** The first few of each meaning. */
  readonly complaints: readonly Complaint[];
}

/**
 * How a replica says that it refused a write because it holds a higher fencing token. Any other answer may mean anything: an error of the
 * caller's, an overload, a conflict.
 */
export interface FenceRefusal {
  /** A 4xx: anything else may have been carried out. */
  readonly status: number;
  /** The `type` of the problem document in the answer, without its prefix. Absent: the status alone says it. */
  readonly problem?: string;
  /** The replica also prints a line, read as the event `fence.rejected` with `scope`, `key` and `token`; then each refusal is only believed with it. */
  readonly logged: boolean;
}

/** What the reference pipeline answers. */
export const referenceRefusal: FenceRefusal = { status: 412, problem: 'fenced', logged: true };

/** A sampled metric, a line of `signals.jsonl`. A missing `value` is a failed scrape: a gap is data. */
export interface SignalSample {
  /** When it was asked for. */
  readonly time: number;
  /** When the answer was there: what it says was so some time in between. */
  readonly answeredAt?: number;
  readonly node: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value?: number;
}

/** What a fault did, written when it ends. */
export interface FaultRecord {
  /** Unique in a run, for example `pause-leader-1`. */
  readonly id: string;
  readonly nemesis: string;
  /** Nodes or edges it hit. */
  readonly targets: readonly string[];
  readonly startedAt: number;
  readonly healedAt?: number;
  /** Did it reach what it was meant to reach? Each proof is a claim with its outcome. */
  readonly proofs: readonly { readonly claim: string; readonly holds: boolean; readonly detail?: string }[];
  /** Nemesis-specific facts that checkers use, for example the deposed leader and both tokens. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A phase of the run: clean windows give baselines, `faults` is where faults may be active. */
export interface RunWindow {
  readonly name: 'deploy' | 'warm-up' | 'clean-before' | 'faults' | 'clean-after' | 'quiesce' | 'final-reads';
  readonly from: number;
  readonly to: number;
}

// --- Final reads ---------------------------------------------------------------------------------------------------------------

export type OrderStatus = 'PENDING' | 'RESERVED' | 'CONFIRMED' | 'CANCELLING' | 'REJECTING' | 'CANCELLED' | 'REJECTED';

export interface LedgerOrder {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly amountCents: number;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  /** Every status it had, in order, as recorded in the order itself. */
  readonly transitions: readonly { readonly status: OrderStatus; readonly hlc: string }[];
  /** Milliseconds since its last transition. */
  readonly ageMs: number;
  /** The idempotency key under which the customer placed it. */
  readonly idempotencyKey: string;
}

/** A record of money moved: a capture or a refund. */
export interface LedgerPayment {
  readonly orderId: string;
  readonly records: readonly {
    readonly kind: 'capture' | 'refund';
    readonly idempotencyKey: string;
    readonly amountCents: number;
    readonly hlc: string;
  }[];
  /** A refund came before its capture, which is refused from then on. */
  readonly voided: boolean;
}

export interface LedgerStock {
  readonly sku: string;
  readonly initial: number;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  /**
   * Said by a pipeline that keeps stock eventually, and that may therefore promise more than there is for a while: the most units that were.
   * What it promised too much, it takes back.
   */
  readonly oversoldUnits?: number;
  /** Reservations still kept (older, final ones may have been folded into the counters). */
  readonly reservations: readonly {
    readonly orderId: string;
    readonly quantity: number;
    readonly state: 'reserved' | 'committed' | 'released';
  }[];
}

/** One register as one replica holds it. */
export interface ReplicaCell {
  readonly replica: string;
  readonly key: string;
  /**
   * Totally ordered version, compare with `compareVersions`: fencing token, counter, proposer. The proposer is a node's name, with `~` and
   * whatever makes the attempt unique behind it.
   */
  readonly version: readonly [token: number, counter: number, proposer: string] | null;
  readonly value: unknown;
}

/** `ledger.json`: what the pipeline says of itself once it is quiet. */
export interface Ledger {
  readonly orders: readonly LedgerOrder[];
  readonly payments: readonly LedgerPayment[];
  readonly stock: readonly LedgerStock[];
  /** Order ids of events in the log, in log order, with the event's type. */
  readonly events: readonly { readonly orderId: string; readonly type: string; readonly hlc: string }[];
  /** What each replica holds for the keys that matter to fencing (keys of stale writes, keys the successor wrote). */
  readonly cells: readonly ReplicaCell[];
  /** How long nothing had changed in the books when they were read, milliseconds: what is unfinished and moves is slow, what doesn't is stuck. */
  readonly unchangedForMs?: number;
  /** Prepare-quorum size, for reads through every R-subset. */
  readonly readQuorum: number;
}

/** What the same faults did to the same pipeline with a bug planted, for the contrast. No checker judges it. */
export interface RunControl {
  readonly bug: string;
  readonly traffic: readonly TrafficRecord[];
  readonly faults: readonly FaultRecord[];
}

/** Everything a checker may look at. Pure data. */
export interface RunEvidence {
  readonly history: readonly Operation[];
  readonly traffic: readonly TrafficRecord[];
  readonly logs: readonly LogRecord[];
  /** Absent when nobody looked at what the nodes print. */
  readonly output?: readonly NodeOutput[];
  readonly faults: readonly FaultRecord[];
  readonly windows: readonly RunWindow[];
  readonly signals: readonly SignalSample[];
  /** Absent when the final reads failed. */
  readonly ledger?: Ledger;
  /** Names of the replicas, and the workload that ran. */
  readonly replicas: readonly string[];
  /** Absent: as the reference pipeline refuses. */
  readonly fenceRefusal?: FenceRefusal;
  readonly workload: string;
  readonly nemeses: readonly string[];
  readonly control?: RunControl;
}

/** `< 0` when `a` is older than `b`. `null` is older than everything. */
export function compareVersions(a: ReplicaCell['version'], b: ReplicaCell['version']): number {
  if (a === null || b === null) return (a === null ? 0 : 1) - (b === null ? 0 : 1);
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[1] !== b[1]) return a[1] - b[1];
  return a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0;
}
