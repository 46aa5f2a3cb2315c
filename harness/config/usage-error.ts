/** A mistake in how the command was called or configured: shown without a stack trace, exit status 64. */

/** Stable: scripts and documentation may rely on them. */
export const usageErrorCodes = [
  'unknown-flag',
  'unknown-command',
  'unknown-setting',
  'unknown-environment-variable',
  'unknown-name',
  'unknown-nemesis-option',
  'unknown-target-option',
  'invalid-arguments',
  'invalid-value',
  'given-twice',
  'conflicting-settings',
  'quorums-do-not-intersect',
  'config-file-not-found',
  'config-file-unreadable',
  'run-not-found',
  'run-unreadable',
  'run-did-not-fail',
  'schedule-not-found',
  'schedule-unreadable',
  'unsupported-fault',
  'run-too-short',
  'history-not-found',
  'history-unreadable',
  'node-too-old',
] as const;

export type UsageErrorCode = (typeof usageErrorCodes)[number];

export interface UsageProblem {
  readonly code: UsageErrorCode;
  /** What happened, one sentence without a full stop. */
  readonly happened: string;
  /** What was expected instead. */
  readonly expected?: string;
  /** What to do next. */
  readonly advice?: string;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly problem: UsageProblem;

  constructor(problem: UsageProblem, options?: ErrorOptions) {
    super(problem.happened, options);
    this.problem = problem;
  }
}

/** The lines a person sees. */
export function describeUsageError({ problem }: UsageError): string {
  const lines = [`harness: ${problem.happened} [${problem.code}]`];
  if (problem.expected !== undefined) lines.push(`  expected  ${problem.expected}`);
  if (problem.advice !== undefined) lines.push(`  try       ${problem.advice}`);
  return `${lines.join('\n')}\n`;
}
