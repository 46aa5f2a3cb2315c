/**
 * From the references an `Evidence` carries (positions in the history and the traffic) to the records themselves, at most as many as a
 * person will read. The rest stays in the run's files, and the count says so.
 */
import type { CheckResult, Evidence, Operation, RunEvidence, RunVerdict, TrafficRecord, Verdict } from '../harness/history/index.ts';

export interface Resolved<T> {
  readonly records: readonly T[];
  /** How many references were left out, because of the limit or because no such record exists. */
  readonly omitted: number;
}

export function resolveOperations(evidence: Evidence, run: RunEvidence, limit: number): Resolved<Operation> {
  return resolve(evidence.operations ?? [], run.history, (operation) => operation.index, limit);
}

export function resolveTraffic(evidence: Evidence, run: RunEvidence, limit: number): Resolved<TrafficRecord> {
  return resolve(evidence.traffic ?? [], run.traffic, (record) => record.id, limit);
}

/** Positions are dense, so a record normally sits at its own position; a partial file is searched instead. */
function resolve<T>(wanted: readonly number[], all: readonly T[], positionOf: (record: T) => number, limit: number): Resolved<T> {
  const records: T[] = [];
  for (const position of wanted.slice(0, limit)) {
    const direct = all[position];
    const record = direct !== undefined && positionOf(direct) === position ? direct : all.find((one) => positionOf(one) === position);
    if (record !== undefined) records.push(record);
  }
  return { records, omitted: wanted.length - records.length };
}

const urgency: Readonly<Record<Verdict, number>> = { invalid: 0, unknown: 1, valid: 2 };
const kindOrder: Readonly<Record<Evidence['kind'], number>> = { violation: 0, proof: 1, context: 2 };

/** Checkers, worst first; in the order they ran where equal. */
export function checkersByUrgency(verdict: RunVerdict): readonly (readonly [name: string, result: CheckResult])[] {
  return Object.entries(verdict.checkers).sort(([, a], [, b]) => urgency[a.verdict] - urgency[b.verdict]);
}

/** Violations, then proofs, then context. */
export function evidenceByWeight(result: CheckResult): readonly Evidence[] {
  return [...result.evidence].sort((a, b) => kindOrder[a.kind] - kindOrder[b.kind]);
}

/**
 * The one piece of evidence to show beside the verdict. For a violated property: its first violation, one with a log line before one
 * without, since a log line is what the node itself said. For a valid run: the first proof, by the same rule. Nothing is known of an
 * `unknown` run, so it has none.
 */
export function strongestEvidence(verdict: RunVerdict): { readonly checker: string; readonly evidence: Evidence } | undefined {
  if (verdict.verdict === 'unknown') return undefined;
  const wanted = verdict.verdict === 'invalid' ? 'violation' : 'proof';
  const candidates = checkersByUrgency(verdict)
    .filter(([, result]) => result.verdict === verdict.verdict)
    .flatMap(([checker, result]) => result.evidence.filter(({ kind }) => kind === wanted).map((evidence) => ({ checker, evidence })));
  return candidates.find(({ evidence }) => (evidence.logLines?.length ?? 0) > 0) ?? candidates[0];
}
