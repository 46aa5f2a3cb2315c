import type { CheckResult, Evidence } from '../../harness/history/index.ts';

/** A person reads a handful of examples of one thing; the counts say how many there were. */
const shownPerClause = 20;

/** Violations as a checker finds them: all are counted, by clause, and the first few of each clause kept as evidence. */
export interface Findings {
  violation(clause: string, found: Omit<Evidence, 'kind'>): void;
  readonly total: number;
  readonly countByClause: ReadonlyMap<string, number>;
  readonly evidence: readonly Evidence[];
}

export function collectFindings(): Findings {
  const evidence: Evidence[] = [];
  const countByClause = new Map<string, number>();
  let total = 0;
  return {
    violation(clause, found) {
      const count = (countByClause.get(clause) ?? 0) + 1;
      countByClause.set(clause, count);
      total += 1;
      if (count <= shownPerClause) evidence.push({ ...found, kind: 'violation', data: { clause, ...found.data } });
    },
    get total() {
      return total;
    },
    countByClause,
    evidence,
  };
}

/** The `invalid` result of a checker that found violations: the first in words, the rest as counts by clause. */
export function invalidResult(
  question: string,
  findings: Findings,
  examined: CheckResult['examined'],
  otherEvidence: readonly Evidence[] = [],
): CheckResult {
  const first = findings.evidence[0]?.summary ?? 'a violation';
  const counts = [...findings.countByClause].map(([clause, count]) => `${clause}: ${count}`).join(', ');
  return {
    verdict: 'invalid',
    question,
    summary: findings.total === 1 ? first : `${first} (${findings.total} violations: ${counts})`,
    examined,
    evidence: [...findings.evidence, ...otherEvidence],
  };
}
