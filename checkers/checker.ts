import type { CheckResult, RunEvidence } from '../harness/history/index.ts';

/** Bounds on a checker's own effort. Past them the verdict is `unknown`, never a guess. */
export interface CheckLimits {
  readonly timeMs: number;
  readonly memoryBytes: number;
}

/** A pure function of evidence to a verdict. */
export interface Checker {
  readonly name: string;
  /** The question it answers, one sentence. */
  readonly question: string;
  /**
   * Was the run meant to exercise this property? Absent: always. Where it says no, the checker is still asked, since a violation
   * counts however it came to light, but its `unknown` is set aside instead of spoiling a run that never set out to answer it.
   */
  applies?(evidence: RunEvidence): boolean;
  /**
   * `pipeline` (the default): a property of the pipeline. `run`: how good the test itself was, for example whether its faults had any
   * effect; such a checker can make a verdict `unknown`, but a run in which only such checkers spoke has shown nothing.
   */
  readonly subject?: 'pipeline' | 'run';
  check(evidence: RunEvidence, limits: CheckLimits): CheckResult | Promise<CheckResult>;
}
