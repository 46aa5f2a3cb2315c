/**
 * Idempotency keys on the receiver's side (IETF draft "The Idempotency-Key HTTP Header Field"). The record of a key lies in the same register
 * value as its effect, so that claiming and doing are one change; these functions decide, the change does.
 */
import { createHash } from 'node:crypto';
import { type OutgoingResponse, problemResponse } from '../runtime/index.ts';

export const idempotencyKeyHeader = 'idempotency-key';

/** What is kept of the first call with a key. Only final outcomes: a transient failure is not an outcome, and would be replayed for ever. */
export interface IdempotencyRecord<Result> {
  readonly key: string;
  readonly fingerprint: string;
  readonly result: Result;
}

/**
 * - `new`: do it, and keep a record.
 * - `duplicate`: it was done; answer what was answered then.
 * - `mismatch`: the key came before with another body; refuse (`keyReused`).
 */
export type Claim<Result> = 'new' | 'mismatch' | { readonly kind: 'duplicate'; readonly result: Result };

export function claim<Result>(records: readonly IdempotencyRecord<Result>[], key: string, bodyFingerprint: string): Claim<Result> {
  const record = records.find((candidate) => candidate.key === key);
  if (record === undefined) return 'new';
  return record.fingerprint === bodyFingerprint ? { kind: 'duplicate', result: record.result } : 'mismatch';
}

/** The key of a saga step's effect, the same for every attempt, round and orchestrator. */
export function stepKey(orderId: string, step: string, epoch: number): string {
  return `${orderId}:${step}:${epoch}`;
}

/** SHA-256 of the canonical form of a JSON value: the same for bodies that differ only in white space or the order of members. */
export function fingerprint(body: unknown): string {
  return createHash('sha256').update(canonicalJson(body)).digest('hex');
}

/** RFC 8785: members sorted by UTF-16 code units, no white space, numbers and strings as ECMAScript writes them. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`canonicalJson: JSON has no ${value}`);
  return value === undefined ? 'null' : JSON.stringify(value);
}

/** Stands between a call with a key and the work; replaceable as one component. */
export type KeyGuard = (key: string, work: () => Promise<OutgoingResponse>) => Promise<OutgoingResponse>;

/** While this process is working on a key, a second call with it is told to come back rather than to race. */
export function refuseWhileInFlight(retryAfterSeconds: number): KeyGuard {
  const keys = new Set<string>();
  return async (key, work) => {
    if (keys.has(key)) return keyInFlight(key, retryAfterSeconds);
    keys.add(key);
    try {
      return await work();
    } finally {
      keys.delete(key);
    }
  };
}

export function keyMissing(): OutgoingResponse {
  return problemResponse({
    code: 'missing-idempotency-key',
    status: 400,
    detail: `This call has an effect and needs an ${idempotencyKeyHeader} header; nothing was done.`,
  });
}

export function keyReused(key: string): OutgoingResponse {
  return problemResponse({
    code: 'idempotency-key-reused',
    status: 422,
    detail: `The key ${key} came before with another body; nothing was done. Use a new key for a new request.`,
  });
}

export function keyInFlight(key: string, retryAfterSeconds: number): OutgoingResponse {
  const detail = `A call with the key ${key} is in progress; ask again with the same key after ${retryAfterSeconds} s.`;
  return problemResponse({ code: 'idempotency-key-in-flight', status: 409, detail }, { 'retry-after': String(retryAfterSeconds) });
}
