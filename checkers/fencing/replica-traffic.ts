/**
 * What the edge proxies saw of the replicas: which token each had stored by when, which physical writes came too late for theirs, and
 * which writes a quorum acknowledged.
 *
 * All ordering is by the proxies' one clock. "Replica r had stored token T by t" rests on a complete answer 2xx to a call under T, seen at
 * t, since a replica stores a token before it acknowledges anything under it. "The write arrived after that" rests on the proxy handing
 * it over later than t; a replica decides once it has the whole request. Equal times are concurrent.
 */
import { type FenceRefusal, referenceRefusal, type TrafficRecord } from '../../harness/history/index.ts';

/** Calls that make a replica store the token they carry. */
const storingKinds: ReadonlySet<string> = new Set(['replica-write', 'replica-prepare', 'replica-fence']);
const writeKind = 'replica-write';

/** A call under a fencing token. */
export interface FencedCall {
  readonly record: TrafficRecord;
  readonly scope: string;
  readonly token: number;
  readonly replica: string;
}

/** The highest token a replica is known to have stored, and the answer that shows it. */
export interface StoredToken {
  readonly token: number;
  readonly witness: TrafficRecord;
}

/** A physical call handed to a replica after it had acknowledged a higher token in the scope. */
export interface StaleArrival extends FencedCall {
  readonly stored: StoredToken;
}

export interface ReplicaTraffic {
  /** Physical writes, fenced or not, in the order of the file. */
  readonly writes: readonly TrafficRecord[];
  readonly fencedWrites: readonly FencedCall[];
  readonly staleWrites: readonly StaleArrival[];
  /** Prepares that came too late and were promised nevertheless: no write, so no verdict, but worth a look. */
  readonly stalePromises: readonly StaleArrival[];
  /** Did the replica answer that it holds a higher token? */
  refusedByFence(record: TrafficRecord): boolean;
  storedBefore(scope: string, replica: string, time: number): StoredToken | undefined;
  /** When the first call under this token came for the replica; nothing under it can have happened there before. */
  firstReceivedAt(scope: string, replica: string, token: number): number | undefined;
}

function fencedCall(record: TrafficRecord): FencedCall | undefined {
  if (record.fencingToken === undefined || record.kind === undefined || !storingKinds.has(record.kind)) return undefined;
  return { record, scope: record.fenceScope ?? '', token: record.fencingToken, replica: record.to };
}

/** Did the replica answer that it did as asked? Its decision doesn't depend on whether the answer ever arrived in full. */
export function accepted(record: TrafficRecord): boolean {
  return record.status !== undefined && record.status >= 200 && record.status < 300;
}

/**
 * Is it certain that the replica did not do it? It said so, or the request was never handed over. Anything else (no answer, a 5xx, a
 * connection that broke while the request was on its way) may have been carried out.
 */
export function refused(record: TrafficRecord): boolean {
  if (record.status !== undefined) return record.status >= 400 && record.status < 500;
  return record.forwardedAt === undefined && record.outcome !== 'callee-closed';
}

/** Rising steps of the highest token acknowledged on one replica in one scope. */
function risingSteps(acknowledged: readonly FencedCall[]): readonly { readonly time: number; readonly stored: StoredToken }[] {
  const inTime = acknowledged
    .flatMap((call) => (call.record.respondedAt === undefined ? [] : [{ time: call.record.respondedAt, call }]))
    .sort((a, b) => a.time - b.time);
  const steps: { time: number; stored: StoredToken }[] = [];
  let highest = Number.NEGATIVE_INFINITY;
  for (const { time, call } of inTime) {
    if (call.token <= highest) continue;
    highest = call.token;
    steps.push({ time, stored: { token: call.token, witness: call.record } });
  }
  return steps;
}

function lastBefore<Step extends { readonly time: number }>(steps: readonly Step[], time: number): Step | undefined {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const step = steps[middle];
    if (step !== undefined && step.time < time) low = middle + 1;
    else high = middle;
  }
  return steps[low - 1];
}

export function readReplicaTraffic(traffic: readonly TrafficRecord[], refusal: FenceRefusal = referenceRefusal): ReplicaTraffic {
  const writes: TrafficRecord[] = [];
  const calls: FencedCall[] = [];
  const acknowledged = new Map<string, FencedCall[]>();
  const firstReceived = new Map<string, number>();
  const placeOf = (scope: string, replica: string): string => JSON.stringify([scope, replica]);
  const useOf = (scope: string, replica: string, token: number): string => JSON.stringify([scope, replica, token]);

  for (const record of traffic) {
    if (record.kind === writeKind) writes.push(record);
    const call = fencedCall(record);
    if (call === undefined) continue;
    calls.push(call);
    const use = useOf(call.scope, call.replica, call.token);
    firstReceived.set(use, Math.min(firstReceived.get(use) ?? Number.POSITIVE_INFINITY, record.receivedAt));
    if (!accepted(record)) continue;
    const place = placeOf(call.scope, call.replica);
    const known = acknowledged.get(place);
    if (known === undefined) acknowledged.set(place, [call]);
    else known.push(call);
  }

  const steps = new Map([...acknowledged].map(([place, known]) => [place, risingSteps(known)]));
  const storedBefore = (scope: string, replica: string, time: number): StoredToken | undefined =>
    lastBefore(steps.get(placeOf(scope, replica)) ?? [], time)?.stored;

  const stale = calls.flatMap((call): StaleArrival[] => {
    if (call.record.forwardedAt === undefined) return [];
    const stored = storedBefore(call.scope, call.replica, call.record.forwardedAt);
    return stored !== undefined && stored.token > call.token ? [{ ...call, stored }] : [];
  });

  return {
    writes,
    fencedWrites: calls.filter((call) => call.record.kind === writeKind),
    staleWrites: stale.filter((call) => call.record.kind === writeKind),
    stalePromises: stale.filter((call) => call.record.kind === 'replica-prepare' && accepted(call.record)),
    refusedByFence: ({ status, problem }) => status === refusal.status && (refusal.problem === undefined || problem === refusal.problem),
    storedBefore,
    firstReceivedAt: (scope, replica, token) => firstReceived.get(useOf(scope, replica, token)),
  };
}
