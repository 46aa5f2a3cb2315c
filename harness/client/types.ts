/** What a workload hands to the client runner: how one logical operation becomes calls to the pipeline. */
import type { OperationError, Process } from '../history/index.ts';

/** One logical operation, as a client sees it. */
export interface ClientOperation {
  readonly f: string;
  readonly value: unknown;
  readonly key?: string;
  readonly process: Process;
}

/**
 * How an operation ended. `fail` claims that it did not happen and never will; only say so of an error that is definite in the
 * registry, or of an operation that changes nothing. Everything else that went wrong is `info`.
 */
export type Outcome =
  | { readonly type: 'ok'; readonly value: unknown; readonly node?: string }
  | {
      readonly type: 'fail' | 'info';
      readonly error: OperationError;
      readonly node?: string;
      /** Without one, the argument stands in its place. */
      readonly value?: unknown;
    };

export interface WorkloadClient {
  /** Functions that change nothing: whatever goes wrong with one of them, it did not happen. */
  readonly pureFunctions: readonly string[];
  /** Performs one operation, once, without retrying. The signal aborts at the deadline and when the run stops. */
  invoke(operation: ClientOperation, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

/** A node of the pipeline as clients reach it. */
export interface Endpoint {
  readonly node: string;
  /** Origin, for example `http://127.0.0.1:4100`. */
  readonly url: string;
}
