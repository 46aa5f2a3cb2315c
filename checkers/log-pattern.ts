/**
 * Log pattern: did a node itself say that something is wrong that must never be? A program that found its own state impossible knows better than any
 * outsider; its lines are quoted. That no node complained says nothing good of the pipeline, so this earns no verdict.
 */
import type { CheckResult, RunEvidence } from '../harness/history/index.ts';
import type { Checker } from './checker.ts';
import { collectFindings, invalidResult } from './evidence/index.ts';

const question = 'Did no node print a line that must never be printed?';

export interface LogPattern {
  /** What a match means, for the reader. */
  readonly meaning: string;
  readonly pattern: RegExp;
}

/** What programs print when their own state is impossible. An error that is handled, retried or reported to a caller is none of these. */
export const defaultLogPatterns: readonly LogPattern[] = [
  { meaning: 'a panic', pattern: /\bpanic(?:ked)?(?:: | at )/i },
  { meaning: 'a failed assertion', pattern: /\bassert(?:ion)? (?:failed|failure)\b|\bAssertionError\b/i },
  { meaning: 'a broken invariant', pattern: /\binvariant (?:is |was )?(?:violated|broken)\b|\binvariant violation\b/i },
  { meaning: 'corrupted data', pattern: /\bdata corruption\b|\bcorrupt(?:ed)? (?:data|record|page|log)\b/i },
  {
    meaning: 'an exception nobody caught',
    pattern: /\bunca(?:ught|tched) exception\b|\bunhandled(?:promise)?rejection\b|\bunhandled (?:promise )?rejection\b/i,
  },
];

export function createLogPattern(patterns: readonly LogPattern[]): Checker {
  return {
    name: 'log-pattern',
    question,
    subject: 'run',
    applies: ({ logs }) => logs.length > 0,
    check: (evidence) => checkLogPattern(evidence, patterns),
  };
}

export const logPattern = createLogPattern(defaultLogPatterns);

export function checkLogPattern({ logs }: RunEvidence, patterns: readonly LogPattern[] = defaultLogPatterns): CheckResult {
  const findings = collectFindings();
  for (const { node, line } of logs) {
    const found = patterns.find(({ pattern }) => line.search(pattern) >= 0);
    if (found === undefined) continue;
    findings.violation(found.meaning, {
      summary: `${node} printed ${found.meaning}.`,
      logLines: [{ node, line }],
      data: { node, pattern: found.pattern.source },
    });
  }
  const examined = { lines: logs.length, patterns: patterns.length };
  if (findings.total > 0) return invalidResult(question, findings, examined);
  const none = logs.length === 0;
  const summary = none ? 'There are no log lines.' : `None of ${logs.length} lines matches any of ${patterns.length} patterns.`;
  return { verdict: none ? 'unknown' : 'valid', question, summary, examined, evidence: [] };
}
