/** Stats: how the operations of each function ended. A run in which nothing succeeded shows nothing, whatever else it says. */
import type { CheckResult, Evidence, RunEvidence } from '../harness/history/index.ts';
import type { Checker } from './checker.ts';
import { type Call, groupBy, pairCalls } from './evidence/index.ts';

const question = 'How did the operations of each function end?';

export const stats: Checker = { name: 'stats', question, subject: 'run', check: checkStats };

export function checkStats(evidence: RunEvidence): CheckResult {
  const calls = pairCalls(evidence.history);
  const totals = countEndings(calls);
  const rows = [...groupBy(calls, ({ invocation }) => invocation.f)].map(([f, ofFunction]): Evidence => {
    const counts = countEndings(ofFunction);
    const share = counts.ok / ofFunction.length;
    return {
      kind: 'context',
      summary: `${f}: ${counts.ok} ok, ${counts.fail} fail, ${counts.info} info, ${counts.open} open; ${(100 * share).toFixed(1)} % ok.`,
      data: { f, ...counts, okShare: share, errors: countErrors(ofFunction) },
    };
  });
  const examined = { operations: calls.length, ...totals };
  if (calls.length === 0) return { verdict: 'unknown', question, summary: 'No operation was ever invoked.', examined, evidence: rows };
  const silent = rows.filter(({ data }) => data?.['ok'] === 0).map(({ data }) => String(data?.['f']));
  if (totals.ok === 0) {
    return {
      verdict: 'unknown',
      question,
      summary: `None of ${calls.length} operations succeeded, so the run shows nothing.`,
      examined,
      evidence: rows,
    };
  }
  return {
    verdict: 'valid',
    question,
    summary:
      `${totals.ok} of ${calls.length} operations succeeded, ${totals.fail} failed, ${totals.info + totals.open} have an unknown outcome` +
      `${silent.length === 0 ? '' : `; none of ${silent.join(', ')} succeeded`}.`,
    examined,
    evidence: rows,
  };
}

interface Endings {
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  /** Never completed. */
  readonly open: number;
}

function countEndings(calls: readonly Call[]): Endings {
  const counts = { ok: 0, fail: 0, info: 0, open: 0 };
  for (const { completion } of calls) {
    if (completion === undefined) counts.open += 1;
    else if (completion.type !== 'invoke') counts[completion.type] += 1;
  }
  return counts;
}

function countErrors(calls: readonly Call[]): Readonly<Record<string, number>> {
  const byCode = groupBy(
    calls.flatMap(({ completion }) => completion?.error?.code ?? []),
    (code) => code,
  );
  return Object.fromEntries([...byCode].map(([code, found]) => [code, found.length]));
}
