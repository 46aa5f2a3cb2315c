/**
 * Many checkers, one verdict.
 *
 * `checkers` holds the results that make the verdict: merging their verdicts gives it, whoever does the merging. A checker whose property
 * the run never set out to exercise (`applies` says no) goes to `notExercised` instead, as `unknown`, so that a run without faults isn't
 * spoilt by what it wasn't about; but a violation it found counts like any other, and so does an error of its own.
 */
import { type CheckResult, mergeVerdicts, type RunEvidence, type RunVerdict, type Verdict } from '../harness/history/index.ts';
import type { Checker, CheckLimits } from './checker.ts';

export interface ComposedVerdict extends RunVerdict {
  /** Results of checkers whose property the run did not ask about; always `unknown`, never part of the verdict. */
  readonly notExercised: Readonly<Record<string, CheckResult>>;
}

interface Asked {
  readonly checker: Checker;
  readonly result: CheckResult;
  readonly counts: boolean;
}

export async function composeVerdict(evidence: RunEvidence, checkers: readonly Checker[], limits: CheckLimits): Promise<ComposedVerdict> {
  const twice = checkers.find((checker, at) => checkers.findIndex(({ name }) => name === checker.name) !== at);
  if (twice !== undefined) throw new Error(`two checkers are called ${twice.name}; results are kept by name, so names must differ`);

  const asked: Asked[] = [];
  for (const checker of checkers) asked.push(await ask(checker, evidence, limits));
  const counting = asked.filter(({ counts }) => counts);
  const aside = asked.filter(({ counts }) => !counts);
  const spoke = counting.some(({ checker }) => checker.subject !== 'run');
  const merged = mergeVerdicts(counting.map(({ result }) => result.verdict));
  // Checkers of the run itself can spoil a verdict but not earn one.
  const verdict: Verdict = merged === 'valid' && !spoke ? 'unknown' : merged;
  const byName = (results: readonly Asked[]) => Object.fromEntries(results.map(({ checker, result }) => [checker.name, result]));
  return {
    schemaVersion: 1,
    verdict,
    summary: summarize(verdict, counting, aside),
    checkers: byName(counting),
    notExercised: byName(aside),
  };
}

async function ask(checker: Checker, evidence: RunEvidence, limits: CheckLimits): Promise<Asked> {
  try {
    const applies = checker.applies?.(evidence) ?? true;
    const result = await checker.check(evidence, limits);
    if (applies || result.verdict === 'invalid') return { checker, result, counts: true };
    return { checker, result: { ...result, verdict: 'unknown', summary: `Not exercised: ${result.summary}` }, counts: false };
  } catch (error) {
    // Nobody knows what it would have found, so it counts whether it applies or not.
    const message = error instanceof Error ? error.message : String(error);
    const result: CheckResult = {
      verdict: 'unknown',
      question: checker.question,
      summary: `The checker failed: ${message}`,
      examined: {},
      evidence: [],
    };
    return { checker, result, counts: true };
  }
}

function summarize(verdict: Verdict, counting: readonly Asked[], aside: readonly Asked[]): string {
  const named = (results: readonly Asked[]): string => results.map(({ checker }) => checker.name).join(', ');
  const because = (wanted: Verdict): string =>
    counting
      .filter(({ result }) => result.verdict === wanted)
      .map(({ checker, result }) => `${checker.name}: ${result.summary.replace(/\.$/, '')}`)
      .join('; ');
  const reasons = because(verdict);
  switch (verdict) {
    case 'valid':
      return `Every property that was exercised holds: ${named(counting)}${aside.length === 0 ? '' : ` (not exercised: ${named(aside)})`}.`;
    case 'invalid':
      return `Violated: ${reasons}.`;
    case 'unknown':
      return reasons === '' ? 'No property of the pipeline was exercised, so nothing was shown.' : `Unknown: ${reasons}.`;
    default:
      return verdict satisfies never;
  }
}
