/** The three answers a checker can give. `unknown` always says why and never passes as `valid`. */
export type Verdict = 'valid' | 'invalid' | 'unknown';

const severity: Record<Verdict, number> = { valid: 0, unknown: 1, invalid: 2 };

/** Merge by severity, `invalid > unknown > valid`. Nothing to merge is `unknown`: nothing was shown. */
export function mergeVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return 'unknown';
  return verdicts.reduce((worst, next) => (severity[next] > severity[worst] ? next : worst));
}

/** One thing a person can look at: a sentence, and what it rests on. */
export interface Evidence {
  /** What this piece shows: one sentence. */
  readonly summary: string;
  /** `violation` broke the property, `proof` shows it was exercised and held, `context` helps to read the others. */
  readonly kind: 'violation' | 'proof' | 'context';
  /** Indexes of operations in the history. */
  readonly operations?: readonly number[];
  /** Lines of node logs, verbatim, with the node that printed them. */
  readonly logLines?: readonly { readonly node: string; readonly line: string }[];
  /** Positions in `traffic.jsonl` (`TrafficRecord.id`). */
  readonly traffic?: readonly number[];
  /** Anything else, plain JSON; shown as a table of fields. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What one checker found. */
export interface CheckResult {
  readonly verdict: Verdict;
  /** The question the checker answers, one sentence. */
  readonly question: string;
  /** The answer in one sentence. For `unknown`: why. For `invalid`: what was violated. */
  readonly summary: string;
  /** How much was looked at, by name. All zero means the property was never exercised. */
  readonly examined: Readonly<Record<string, number>>;
  readonly evidence: readonly Evidence[];
}

/** `verdict.json`. */
export interface RunVerdict {
  readonly schemaVersion: 1;
  readonly verdict: Verdict;
  readonly summary: string;
  readonly checkers: Readonly<Record<string, CheckResult>>;
}
