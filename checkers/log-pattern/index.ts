/**
 * Log pattern: did a node itself say that something is wrong that must never be? A program that found its own state impossible knows better than any
 * outsider; its lines are quoted. That no node complained says nothing good of the pipeline, so this earns no verdict.
 */
import type { CheckResult, Complaint, RunEvidence } from '../../harness/history/index.ts';
import type { Checker } from '../checker.ts';
import { collectFindings } from '../evidence/index.ts';

export { defaultLogPatterns, type LogPattern } from './patterns.ts';
export { type OutputScan, scanOutput } from './scan.ts';

const question = 'Did no node print a line that must never be printed?';

export const logPattern: Checker = {
  name: 'log-pattern',
  question,
  subject: 'run',
  applies: (evidence) => printedLines(evidence) > 0,
  check: checkLogPattern,
};

function printedLines({ output = [] }: RunEvidence): number {
  return output.reduce((sum, { lines }) => sum + lines, 0);
}

export function checkLogPattern(evidence: RunEvidence): CheckResult {
  const findings = collectFindings();
  const totals = new Map<string, number>();
  for (const { node, counts, complaints } of evidence.output ?? []) {
    for (const complaint of complaints) {
      findings.violation(complaint.meaning, {
        summary: `${node} printed ${complaint.meaning} on line ${complaint.lineNumber} of its log: ${complaint.line}`,
        logLines: quotation(node, complaint),
        data: { node, lineNumber: complaint.lineNumber },
      });
    }
    for (const [meaning, count] of Object.entries(counts)) totals.set(meaning, (totals.get(meaning) ?? 0) + count);
  }
  const lines = printedLines(evidence);
  const complained = [...totals.values()].reduce((sum, count) => sum + count, 0);
  const examined = { lines, complaints: complained };
  const [first] = findings.evidence;
  if (first !== undefined) {
    const all = [...totals].map(([meaning, count]) => `${meaning}: ${count}`).join(', ');
    const summary = complained === 1 ? first.summary : `${first.summary} (${complained} such lines: ${all})`;
    return { verdict: 'invalid', question, summary, examined, evidence: findings.evidence };
  }
  const summary = lines === 0 ? 'There are no log lines.' : `None of the ${lines} lines that the nodes printed is one that must never be.`;
  return { verdict: lines === 0 ? 'unknown' : 'valid', question, summary, examined, evidence: [] };
}

/** The line with the trace around it, as it stands in the log. */
function quotation(node: string, { before, line, after }: Complaint): readonly { readonly node: string; readonly line: string }[] {
  return [...before, line, ...after].map((quoted) => ({ node, line: quoted }));
}
