/** Small builders for golden evidence: say what matters in a test, the rest is filled in. */
import type { Ledger, LogRecord, Operation, RunEvidence, TrafficRecord } from '../../harness/history/index.ts';
import type { CheckLimits } from '../checker.ts';

export const noLimits: CheckLimits = { timeMs: Number.POSITIVE_INFINITY, memoryBytes: Number.POSITIVE_INFINITY };

/** Long after everything else in golden evidence. */
export const finalReadsFrom = 60_000_000_000;
const quiesceMs = 30_000;

export function evidenceOf(parts: Partial<RunEvidence> = {}): RunEvidence {
  return {
    history: [],
    traffic: [],
    logs: [],
    faults: [],
    windows: [
      { name: 'quiesce', from: finalReadsFrom - quiesceMs * 1e6, to: finalReadsFrom },
      { name: 'final-reads', from: finalReadsFrom, to: finalReadsFrom + 1 },
    ],
    signals: [],
    replicas: ['replica-1', 'replica-2', 'replica-3'],
    workload: 'orders',
    nemeses: ['none'],
    ...parts,
  };
}

export function ledgerOf(parts: Partial<Ledger> = {}): Ledger {
  return { orders: [], payments: [], stock: [], events: [], cells: [], readQuorum: 2, ...parts };
}

/** One physical call; `at` is when it was handed over, `answeredAt` when its answer was complete (absent: never). */
export interface CallSketch {
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  readonly at: number;
  readonly answeredAt?: number;
  readonly receivedAt?: number;
  readonly key?: string;
  readonly scope?: string;
  readonly token?: number;
  readonly digest?: string;
  readonly status?: number;
  readonly problem?: string;
  readonly outcome?: TrafficRecord['outcome'];
}

/** Ids are positions in the list, as they are in the file. */
export function trafficOf(sketches: readonly CallSketch[]): readonly TrafficRecord[] {
  return sketches.map((sketch, id) => ({
    id,
    edge: `${sketch.from}->${sketch.to}`,
    from: sketch.from,
    to: sketch.to,
    method: 'POST',
    path: `/replica/${sketch.kind}`,
    kind: sketch.kind,
    ...(sketch.key === undefined ? {} : { key: sketch.key }),
    ...(sketch.token === undefined ? {} : { fenceScope: sketch.scope ?? 'orders', fencingToken: sketch.token }),
    ...(sketch.digest === undefined ? {} : { requestDigest: sketch.digest }),
    ...(sketch.status === undefined ? {} : { status: sketch.status }),
    ...(sketch.problem === undefined ? {} : { problem: sketch.problem }),
    requestBytes: 100,
    responseBytes: 20,
    receivedAt: sketch.receivedAt ?? sketch.at,
    forwardedAt: sketch.at,
    ...(sketch.answeredAt === undefined ? {} : { respondedAt: sketch.answeredAt }),
    endedAt: sketch.answeredAt ?? sketch.at + 1,
    outcome: sketch.outcome ?? (sketch.answeredAt === undefined ? 'callee-closed' : 'completed'),
    faults: [],
  }));
}

export function logOf(node: string, event: string, fields: Readonly<Record<string, unknown>>, wallMs?: number): LogRecord {
  return { node, event, fields, line: JSON.stringify({ event, ...fields }), ...(wallMs === undefined ? {} : { wallMs }) };
}

/** One client call; without an `outcome` it stays open. */
export interface CallRecord {
  readonly f: string;
  readonly value?: unknown;
  readonly key?: string;
  readonly from: number;
  readonly to?: number;
  readonly outcome?: 'ok' | 'fail' | 'info';
  readonly result?: unknown;
  readonly code?: string;
}

/** Each call has a process of its own, so any may overlap any other. */
export function historyOf(calls: readonly CallRecord[]): readonly Operation[] {
  const halves = calls.flatMap((call, process): Omit<Operation, 'index'>[] => {
    const both = { process, f: call.f, ...(call.key === undefined ? {} : { key: call.key }) };
    const invocation = { ...both, type: 'invoke' as const, time: call.from, value: call.value ?? null };
    if (call.outcome === undefined) return [invocation];
    const error = call.code === undefined ? {} : { error: { code: call.code, message: call.code } };
    return [invocation, { ...both, type: call.outcome, time: call.to ?? call.from + 1, value: call.result ?? null, ...error }];
  });
  return halves
    .map((half, position) => ({ half, position }))
    .sort((a, b) => a.half.time - b.half.time || a.position - b.position)
    .map(({ half }, index) => ({ index, ...half }));
}

/** The clauses a result found violated, each once, sorted. */
export function clausesOf(result: {
  readonly evidence: readonly { readonly kind: string; readonly data?: Readonly<Record<string, unknown>> }[];
}): readonly string[] {
  return [...new Set(result.evidence.filter(({ kind }) => kind === 'violation').map(({ data }) => String(data?.['clause'])))].sort();
}
