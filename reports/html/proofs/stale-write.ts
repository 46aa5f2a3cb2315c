/**
 * The story of one paused leader, put together from the fault's own facts, the replicas' logs, the proxies' records and the final reads. It
 * tells what each source says; whether that was right is the fencing checker's to judge.
 */
import { z } from 'zod';
import type { FaultRecord, LogRecord, ReplicaCell, RunEvidence, TrafficRecord } from '../../../harness/history/index.ts';

const factsSchema = z.object({
  scope: z.string().optional(),
  oldLeader: z.string(),
  oldToken: z.number(),
  newLeader: z.string(),
  newToken: z.number(),
  pausedAt: z.number().optional(),
  successorAt: z.number().optional(),
  resumedAt: z.number().optional(),
  releasedAt: z.number().optional(),
  heldKeys: z.array(z.string()).default([]),
});

export type PauseFacts = z.infer<typeof factsSchema>;

/** What a replica did with the stale write: said that it refused, answered with success, or neither is on record. */
export type Answer = 'refused' | 'accepted' | 'silent';

/**
 * What a replica holds in the end, by the token of its version. A state under the old token is the stale write only where that was accepted;
 * where it was refused, the replica holds something the old leader wrote before, and the successor's write has not reached it.
 */
export type Holding = 'successor' | 'stale' | 'earlier' | 'older' | 'none';

export interface ReplicaStory {
  readonly replica: string;
  readonly refusal: LogRecord | undefined;
  readonly answer: Answer;
  /** The answer the proxy saw to the stale write, when it saw one. */
  readonly status: number | undefined;
  readonly cell: ReplicaCell | undefined;
  readonly holding: Holding;
}

export interface StaleWrite {
  readonly faultId: string;
  readonly facts: PauseFacts;
  readonly key: string | undefined;
  /** When the first replica got the stale write, by the proxies' clock. */
  readonly arrivedAt: number | undefined;
  readonly replicas: readonly ReplicaStory[];
}

/** The stories to tell, the most telling first: a stale write that took, then most refusals, then most replicas with the successor's state. */
export function staleWrites(evidence: RunEvidence): readonly StaleWrite[] {
  const refusals = evidence.logs.filter(({ event }) => event === 'fence.rejected');
  const writes = evidence.traffic.filter(
    ({ kind, fencingToken, forwardedAt }) => kind === 'replica-write' && fencingToken !== undefined && forwardedAt !== undefined,
  );
  const refusalsByToken = groupBy(refusals, ({ fields }) => fields['token']);
  const writesByToken = groupBy(writes, ({ fencingToken }) => fencingToken);
  return evidence.faults
    .filter(({ nemesis }) => nemesis === 'pause-leader')
    .flatMap((fault) => staleWrite(fault, evidence, refusalsByToken, writesByToken))
    .sort((a, b) => weight(b) - weight(a));
}

function weight({ replicas }: StaleWrite): number {
  const count = (is: (one: ReplicaStory) => boolean): number => replicas.filter(is).length;
  const [accepted, refused] = [count(({ answer }) => answer === 'accepted'), count(({ answer }) => answer === 'refused')];
  return 10_000 * accepted + 100 * refused + count(({ holding }) => holding === 'successor');
}

/** Runs may have hundreds of faults and millions of calls, so each is looked at once. */
function groupBy<T>(records: readonly T[], keyOf: (record: T) => unknown): ReadonlyMap<unknown, readonly T[]> {
  const groups = new Map<unknown, T[]>();
  for (const record of records) {
    const group = groups.get(keyOf(record));
    if (group === undefined) groups.set(keyOf(record), [record]);
    else group.push(record);
  }
  return groups;
}

function staleWrite(
  fault: FaultRecord,
  evidence: RunEvidence,
  refusalsByToken: ReadonlyMap<unknown, readonly LogRecord[]>,
  writesByToken: ReadonlyMap<unknown, readonly TrafficRecord[]>,
): readonly StaleWrite[] {
  const parsed = factsSchema.safeParse(fault.facts);
  if (!parsed.success) return [];
  const facts = parsed.data;
  const refusals = (refusalsByToken.get(facts.oldToken) ?? []).filter(({ fields }) => sameScope(fields['scope'], facts));
  const key = tellingKey(facts, refusals, evidence.ledger?.cells ?? []);
  // Only what was delivered after the successor took over is stale; without that moment, nothing can be called so.
  const { successorAt = Number.POSITIVE_INFINITY } = facts;
  const arrivals = (writesByToken.get(facts.oldToken) ?? []).filter(
    ({ fenceScope, key: written, forwardedAt = 0 }) => sameScope(fenceScope, facts) && written === key && forwardedAt >= successorAt,
  );
  if (refusals.length === 0 && arrivals.length === 0) return [];
  const arrivedAt = arrivals.reduce((first, { forwardedAt }) => Math.min(first, forwardedAt ?? first), Number.POSITIVE_INFINITY);
  const replicas = evidence.replicas.map((replica): ReplicaStory => {
    const cell = evidence.ledger?.cells.find((one) => one.replica === replica && one.key === key);
    const refusal = refusals.find((log) => replicaOf(log) === replica && log.fields['key'] === key);
    const status = arrivals.find(({ to }) => to === replica)?.status;
    const answer = refusal !== undefined ? 'refused' : status !== undefined && status >= 200 && status < 300 ? 'accepted' : 'silent';
    return { replica, refusal, status, answer, cell, holding: holdingOf(cell, facts, answer) };
  });
  return [{ faultId: fault.id, facts, key, arrivedAt: Number.isFinite(arrivedAt) ? arrivedAt : undefined, replicas }];
}

function sameScope(scope: unknown, facts: PauseFacts): boolean {
  return scope === undefined || facts.scope === undefined || scope === facts.scope;
}

function replicaOf({ node, fields }: LogRecord): string {
  return typeof fields['replica'] === 'string' ? fields['replica'] : node;
}

/** Of the keys whose write was held, the one that most replicas spoke of; of those, the one that most hold the successor's own write of. */
function tellingKey({ heldKeys, newToken }: PauseFacts, refusals: readonly LogRecord[], cells: readonly ReplicaCell[]): string | undefined {
  const spokeOf = new Map<string, Set<string>>();
  for (const refusal of refusals) {
    const { key } = refusal.fields;
    if (typeof key !== 'string') continue;
    const replicas = spokeOf.get(key) ?? new Set();
    spokeOf.set(key, replicas.add(replicaOf(refusal)));
  }
  const candidates = heldKeys.length > 0 ? heldKeys : [...spokeOf.keys()];
  const wanted = new Set(candidates);
  const succeeded = new Map<string, number>();
  for (const { key, version } of cells) {
    if (wanted.has(key) && version !== null && version[0] >= newToken) succeeded.set(key, (succeeded.get(key) ?? 0) + 1);
  }
  const mentions = (key: string): number => spokeOf.get(key)?.size ?? 0;
  const better = (key: string, best: string): boolean =>
    mentions(key) === mentions(best) ? (succeeded.get(key) ?? 0) > (succeeded.get(best) ?? 0) : mentions(key) > mentions(best);
  return candidates.reduce<string | undefined>((best, key) => (best === undefined || better(key, best) ? key : best), undefined);
}

function holdingOf(cell: ReplicaCell | undefined, { oldToken, newToken }: PauseFacts, answer: Answer): Holding {
  const token = cell?.version?.[0];
  if (token === undefined) return 'none';
  if (token >= newToken) return 'successor';
  if (token < oldToken) return 'older';
  return answer === 'accepted' ? 'stale' : 'earlier';
}
