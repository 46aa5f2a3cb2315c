/**
 * What became of each element of a set: when it was known first, the last read that showed it and the last that didn't.
 *
 * To find the last read without an element, reads are gone through from the last to the first. An element is a candidate as long as every read so
 * far has shown it; the first that doesn't is the one looked for. Each read costs its own length and what it removes, so that all of it is linear in
 * what was read.
 */
import { type Call, mayHaveHappened } from '../evidence/index.ts';
import { canonical } from '../models/canonical.ts';

export interface SetRead {
  readonly call: Call;
  readonly values: readonly unknown[];
  readonly names: ReadonlySet<string>;
  readonly beganAt: number;
  readonly endedAt: number;
}

export interface Element {
  readonly value: unknown;
  /** All calls that added it, whatever their outcome. */
  readonly additions: readonly Call[];
  readonly acknowledged: boolean;
  /** Somebody may have taken it out, so that nothing follows from its absence. */
  readonly removed: boolean;
  /** When its addition was acknowledged or a read showed it, whichever was first. */
  readonly knownAt?: number;
  /** Of the reads that show it the one that ended last. */
  readonly lastPresent?: SetRead;
  /** Of the reads that began after it was known and don't show it the one that began last. */
  readonly lastAbsent?: SetRead;
}

interface Draft {
  value: unknown;
  additions: Call[];
  removed: boolean;
  knownAt: number;
  lastPresent?: SetRead;
  lastAbsent?: SetRead;
}

export function elementsOf(calls: readonly Call[], reads: readonly SetRead[]): readonly Element[] {
  const drafts = new Map<string, Draft>();
  const draftOf = (name: string, value: unknown): Draft => {
    const draft = drafts.get(name) ?? { value, additions: [], removed: false, knownAt: Number.POSITIVE_INFINITY };
    drafts.set(name, draft);
    return draft;
  };
  for (const call of calls) {
    const { f, value } = call.invocation;
    if (f === 'add') {
      const draft = draftOf(canonical(value), value);
      draft.additions.push(call);
      if (call.completion?.type === 'ok') draft.knownAt = Math.min(draft.knownAt, call.completion.time);
    } else if (f === 'remove' && mayHaveHappened(call)) draftOf(canonical(value), value).removed = true;
  }
  for (const read of reads) {
    for (const value of read.values) {
      const draft = draftOf(canonical(value), value);
      draft.knownAt = Math.min(draft.knownAt, read.endedAt);
      if (draft.lastPresent === undefined || draft.lastPresent.endedAt < read.endedAt) draft.lastPresent = read;
    }
  }
  findLastAbsent(drafts, reads);
  return [...drafts.values()].map(finish);
}

function findLastAbsent(drafts: ReadonlyMap<string, Draft>, reads: readonly SetRead[]): void {
  const lastFirst = [...reads].sort((a, b) => b.beganAt - a.beganAt);
  let candidates = new Set(drafts.keys());
  for (const read of lastFirst) {
    if (candidates.size === 0) return;
    const kept = new Set<string>();
    for (const name of read.names) if (candidates.has(name)) kept.add(name);
    if (kept.size === candidates.size) continue;
    for (const name of candidates) {
      const draft = drafts.get(name);
      if (!kept.has(name) && draft !== undefined && read.beganAt > draft.knownAt) draft.lastAbsent = read;
    }
    candidates = kept;
  }
}

function finish({ value, additions, removed, knownAt, lastPresent, lastAbsent }: Draft): Element {
  return {
    value,
    additions,
    acknowledged: additions.some(({ completion }) => completion?.type === 'ok'),
    removed,
    ...(Number.isFinite(knownAt) ? { knownAt } : {}),
    ...(lastPresent === undefined ? {} : { lastPresent }),
    ...(lastAbsent === undefined ? {} : { lastAbsent }),
  };
}
