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
  check(evidence: RunEvidence, limits: CheckLimits): CheckResult | Promise<CheckResult>;
}
