/**
 * The one port to the outside. Services take clock, timers, randomness, transport, disk, log and metrics from a `Runtime` and touch no
 * Node.js global for them, so that the same services run on real sockets (`real.ts`) and on virtual time (`virtual.ts`).
 */

export interface Runtime {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly transport: Transport;
  readonly disk: Disk;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface Clock {
  /** Fractional milliseconds since an arbitrary point; never steps, goes on while the process is stopped. The only clock leases may use. */
  monotonicMs(): number;
  /** Milliseconds since 1970 as this node believes; may step either way. Stamps and logs only. */
  wallMs(): number;
}

export interface Timers {
  /** Resolves once `ms` have passed on the monotonic clock, never before. Rejects with `signal.reason` when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms`, never before; the function returned cancels it and may be called at any time. */
  after(ms: number, fn: () => void): () => void;
}

export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** A short string, unique across nodes and restarts, made of characters that are safe in paths and headers. */
  id(): string;
}

// --- Transport -------------------------------------------------------------------------------------------------------------------

/** Header names are lower case. */
export type Headers = Readonly<Record<string, string>>;

export interface IncomingRequest {
  readonly method: string;
  /** Percent-decoded, without query: ready to be routed on. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Aborted when the caller went away before it had the whole answer. */
  readonly signal: AbortSignal;
}

export interface OutgoingResponse {
  readonly status: number;
  readonly headers?: Headers;
  readonly body?: string | Uint8Array;
}

/** One that throws is answered with a 500 problem document; whether anything happened is then unknown. */
export type RequestHandler = (request: IncomingRequest) => Promise<OutgoingResponse>;

export interface ListenOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  readonly handler: RequestHandler;
  /** A larger body is answered with 413 by the transport itself, which reads no further. */
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes?: number;
}

export interface Listener {
  readonly port: number;
  /** Accepts no more, lets calls in progress end for up to `graceMs`, then cuts them. */
  close(options: { readonly graceMs: number }): Promise<void>;
}

export interface OutgoingRequest {
  readonly url: string;
  readonly method: string;
  readonly headers?: Headers;
  readonly body?: string | Uint8Array;
  /** Milliseconds from now until the complete answer must be here. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export interface TransportResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/**
 * Why no complete answer came.
 * - `refused`: the request definitely never left: no connection could be made, or the deadline passed while waiting for one.
 * - `timeout`: it may have left, and the deadline passed.
 * - `lost`: it may have left, and the connection broke. A kept-alive connection that turned out to be stale is this one.
 * - `aborted`: the caller's own signal; it may have left.
 */
export type TransportErrorKind = 'refused' | 'timeout' | 'lost' | 'aborted';

export class TransportError extends Error {
  readonly kind: TransportErrorKind;

  constructor(kind: TransportErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransportError';
    this.kind = kind;
  }
}

export interface Transport {
  listen(options: ListenOptions): Promise<Listener>;
  /** One physical call, never repeated behind the caller's back. Any status is an answer; rejects with `TransportError` only. */
  request(request: OutgoingRequest): Promise<TransportResponse>;
  /** Drops the connections this node opened. Listeners are closed by whoever opened them. */
  close(): Promise<void>;
}

// --- Disk ------------------------------------------------------------------------------------------------------------------------

/** Calls on one file must not overlap: its owner orders them. */
export interface AppendFile {
  /** Writes all of `bytes` at the end. Not durable before `sync`; after a failure part of it may be there. */
  append(bytes: Uint8Array): Promise<void>;
  /** What was appended and truncated is on stable storage (fdatasync). After a failure nothing may be assumed of unsynced bytes. */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  /** Bytes in the file now, synced or not. */
  size(): number;
  close(): Promise<void>;
}

export interface Disk {
  /** Creates the file when it does not exist. The new name is durable after `syncDirectory`. */
  openAppend(path: string): Promise<AppendFile>;
  /** `undefined` when there is no such file. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** Names (not paths) of the files and directories in `directory`, sorted. Empty when it does not exist. */
  list(directory: string): Promise<readonly string[]>;
  /** Replaces `to` atomically. Durable after `syncDirectory`. */
  rename(from: string, to: string): Promise<void>;
  /** No error when it is already gone. Durable after `syncDirectory`. */
  remove(path: string): Promise<void>;
  /** Creates the directory and its parents, durably. */
  mkdirp(directory: string): Promise<void>;
  /** Makes the names in `directory` durable: files created, renamed and removed. */
  syncDirectory(directory: string): Promise<void>;
}

// --- Observation -----------------------------------------------------------------------------------------------------------------

export type LogFields = Readonly<Record<string, unknown>>;

/** One JSON object a line: `level`, `time`, `node`, `event`, and the fields. Fields must not use those four names. */
export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  inc(labels?: Labels, n?: number): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(seconds: number, labels?: Labels): void;
}

/** Asking twice for a name gives the same metric. */
export interface Metrics {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter;
  gauge(name: string, help: string, labelNames?: readonly string[]): Gauge;
  histogram(name: string, help: string, labelNames?: readonly string[]): Histogram;
  /** Runs before every exposition: for gauges that change as time passes, such as ages and budgets. */
  beforeExpose(refresh: () => void): void;
  /** Prometheus text. */
  expose(): Promise<string>;
  readonly contentType: string;
}
