/**
 * The story of one paused leader, put together from the fault's own facts, the replicas' logs, the proxies' records and the final reads. It
 * tells what each source says; whether that was right is the fencing checker's to judge.
 */
import { z } from 'zod';
import type { FaultRecord, LogRecord, ReplicaCell, RunEvidence } from '../../../harness/history/index.ts';

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

/** Whose write a replica holds in the end, by the token of its version. */
export type Owner = 'successor' | 'deposed' | 'older' | 'none';

export interface ReplicaStory {
  readonly replica: string;
  readonly refusal: LogRecord | undefined;
  /** The answer the proxy saw to the stale write, when it saw one. */
  readonly status: number | undefined;
  readonly cell: ReplicaCell | undefined;
  readonly owner: Owner;
}

export interface StaleWrite {
  readonly faultId: string;
  readonly facts: PauseFacts;
  readonly key: string | undefined;
  /** When the first replica got the stale write, by the proxies' clock. */
  readonly arrivedAt: number | undefined;
  readonly replicas: readonly ReplicaStory[];
}

/** The stories to tell, the most telling first: a stale write that took, then most refusals, then the order of the run. */
export function staleWrites(evidence: RunEvidence): readonly StaleWrite[] {
  return evidence.faults
    .filter(({ nemesis }) => nemesis === 'pause-leader')
    .flatMap((fault) => staleWrite(fault, evidence))
    .sort((a, b) => weight(b) - weight(a));
}

function weight({ replicas }: StaleWrite): number {
  return 1000 * replicas.filter(({ owner }) => owner === 'deposed').length + replicas.filter(({ refusal }) => refusal !== undefined).length;
}

function staleWrite(fault: FaultRecord, evidence: RunEvidence): readonly StaleWrite[] {
  const parsed = factsSchema.safeParse(fault.facts);
  if (!parsed.success) return [];
  const facts = parsed.data;
  const refusals = evidence.logs.filter((log) => isRefusal(log, facts));
  const key = tellingKey(facts, refusals);
  const arrivals = evidence.traffic.filter(
    ({ kind, fencingToken, fenceScope, key: written, forwardedAt }) =>
      kind === 'replica-write' && fencingToken === facts.oldToken && sameScope(fenceScope, facts) && written === key && forwardedAt !== undefined && forwardedAt >= (facts.successorAt ?? 0),
  );
  if (refusals.length === 0 && arrivals.length === 0) return [];
  const arrivedAt = arrivals.reduce((first, { forwardedAt }) => Math.min(first, forwardedAt ?? first), Number.POSITIVE_INFINITY);
  const replicas = evidence.replicas.map((replica): ReplicaStory => {
    const cell = evidence.ledger?.cells.find((one) => one.replica === replica && one.key === key);
    return {
      replica,
      refusal: refusals.find((log) => replicaOf(log) === replica && log.fields['key'] === key),
      status: arrivals.find(({ to }) => to === replica)?.status,
      cell,
      owner: ownerOf(cell, facts),
    };
  });
  return [{ faultId: fault.id, facts, key, arrivedAt: Number.isFinite(arrivedAt) ? arrivedAt : undefined, replicas }];
}

function isRefusal({ event, fields }: LogRecord, facts: PauseFacts): boolean {
  const scope = fields['scope'];
  return event === 'fence.rejected' && fields['token'] === facts.oldToken && sameScope(typeof scope === 'string' ? scope : undefined, facts);
}

function sameScope(scope: string | undefined, facts: PauseFacts): boolean {
  return scope === undefined || facts.scope === undefined || scope === facts.scope;
}

function replicaOf({ node, fields }: LogRecord): string {
  return typeof fields['replica'] === 'string' ? fields['replica'] : node;
}

/** Of the keys whose write was held, the one that most replicas spoke of. */
function tellingKey({ heldKeys }: PauseFacts, refusals: readonly LogRecord[]): string | undefined {
  const mentions = (key: string): number => new Set(refusals.filter(({ fields }) => fields['key'] === key).map(replicaOf)).size;
  const logged = refusals.map(({ fields }) => fields['key']).filter((key) => typeof key === 'string');
  const candidates = heldKeys.length > 0 ? heldKeys : logged;
  return candidates.reduce<string | undefined>((best, key) => (best === undefined || mentions(key) > mentions(best) ? key : best), undefined);
}

function ownerOf(cell: ReplicaCell | undefined, { oldToken, newToken }: PauseFacts): Owner {
  const token = cell?.version?.[0];
  if (token === undefined) return 'none';
  if (token >= newToken) return 'successor';
  return token === oldToken ? 'deposed' : 'older';
}
