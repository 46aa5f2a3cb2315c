/**
 * The calls by which one service has another do something (`kind: 'effect'`), as the edge proxies saw them, each with the logical step it
 * was made for. A step is known by what it does to which order, whatever key an attempt carries: a client that makes up a new key for
 * every attempt asks for the same step again.
 */
import { isDefinite, type TrafficRecord } from '../../harness/history/index.ts';

export interface EffectCall {
  readonly record: TrafficRecord;
  /** Absent when neither path nor idempotency key says. */
  readonly orderId?: string;
  /** `capture`, `refund`, `reserve-<sku>`, `release-<sku>`, or the name inside the key. */
  readonly step?: string;
}

export function effectCalls(traffic: readonly TrafficRecord[]): readonly EffectCall[] {
  const calls: EffectCall[] = [];
  for (const record of traffic) if (record.kind === 'effect') calls.push(effectCall(record));
  return calls;
}

/** The step a call asks for, as one word; `undefined` when nothing names it. */
export function operationOf({ record, orderId, step }: EffectCall): string | undefined {
  return orderId === undefined || step === undefined ? record.idempotencyKey : stepName(orderId, step);
}

export function stepName(orderId: string, step: string): string {
  return `${orderId} ${step}`;
}

/** From `/payments/<order>/<step>`, or from a key `<order>:<step>:<epoch>`. */
function effectCall(record: TrafficRecord): EffectCall {
  const { path, idempotencyKey } = record;
  if (path.startsWith('/payments/')) {
    const [, , order, step] = (path.split('?', 1)[0] ?? '').split('/');
    if (order !== undefined && step !== undefined) return { record, orderId: decode(order), step };
  }
  if (idempotencyKey === undefined) return { record };
  const first = idempotencyKey.indexOf(':');
  const last = idempotencyKey.lastIndexOf(':');
  if (first <= 0 || last === first) return { record };
  return { record, orderId: idempotencyKey.slice(0, first), step: idempotencyKey.slice(first + 1, last) };
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A fault made this delivery, beside the caller's own. */
export function isCopy({ faults }: TrafficRecord): boolean {
  return faults.includes(copyLabel);
}

/**
 * Keys of calls that a fault delivered once more than they were made: what became of the caller's own delivery doesn't say what the copy did.
 */
export function copiedKeys(traffic: readonly TrafficRecord[]): ReadonlySet<string> {
  return new Set(traffic.flatMap((record) => (isCopy(record) && mayHaveRun(record) ? (record.idempotencyKey ?? []) : [])));
}

const copyLabel = 'copy';

/** The callee had the complete request and did not get it from the harness's own answer. */
export function wasDelivered({ forwardedAt, status, faults }: TrafficRecord): boolean {
  return forwardedAt !== undefined || (status !== undefined && faults.length === 0);
}

/** Can the callee have done what was asked? No, only where it was never given the request, or refused it definitely. */
export function mayHaveRun(record: TrafficRecord): boolean {
  if (!wasDelivered(record)) {
    const { status, outcome, faults } = record;
    const answeredByTheHarness = status !== undefined;
    return !(answeredByTheHarness || outcome === 'callee-refused' || (outcome === 'dropped' && !faults.includes(copyLabel)));
  }
  const { status, problem } = record;
  return status === undefined || status < 400 || problem === undefined || !isDefinite(problem);
}

/** A complete answer that says it is done. In flight (409), fenced (412) and not now (503) are not answers to what was asked. */
export function isFinalAnswer(record: TrafficRecord): boolean {
  return wasDelivered(record) && record.status === 200 && record.responseDigest !== undefined;
}
