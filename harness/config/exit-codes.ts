/** What the command's exit status says. The one table: `--help` prints it, tests assert it, documentation quotes it. */
import type { Verdict } from '../history/index.ts';

export interface ExitCode {
  readonly code: number;
  readonly meaning: string;
}

export const exitCodes = {
  valid: { code: 0, meaning: 'valid: every property that was examined held' },
  invalid: { code: 1, meaning: 'invalid: a property was violated' },
  unknown: { code: 2, meaning: 'unknown: nothing was violated, but not everything was shown (0 with --allow-unknown)' },
  threshold: { code: 3, meaning: 'a threshold was crossed' },
  deploy: { code: 4, meaning: 'the target did not deploy or never became healthy' },
  leftovers: { code: 5, meaning: 'clean-up left something behind (see harness recover)' },
  usage: { code: 64, meaning: 'usage or configuration error' },
  internal: { code: 70, meaning: 'a bug in the harness' },
  interrupted: { code: 130, meaning: 'SIGINT: healed, collected and reported before leaving' },
  terminated: { code: 143, meaning: 'SIGTERM: healed, collected and reported before leaving' },
} as const satisfies Record<string, ExitCode>;

export type ExitCodeName = keyof typeof exitCodes;

/** The status for a verdict alone. `unknown` passes only when it was asked to. */
export function exitCodeForVerdict(verdict: Verdict, options: { readonly allowUnknown: boolean }): number {
  switch (verdict) {
    case 'valid':
      return exitCodes.valid.code;
    case 'invalid':
      return exitCodes.invalid.code;
    case 'unknown':
      return options.allowUnknown ? exitCodes.valid.code : exitCodes.unknown.code;
  }
}

/** From the least to the worst: what decides over what when several runs leave with one status. */
const byGravity: readonly ExitCodeName[] = [
  'valid',
  'unknown',
  'threshold',
  'invalid',
  'deploy',
  'leftovers',
  'usage',
  'internal',
  'interrupted',
  'terminated',
];

/** The gravest of them; an interruption outweighs any. Of none it is `unknown`: nothing was shown. */
export function worstExitCode(codes: readonly number[]): number {
  const order = byGravity.map((name): number => exitCodes[name].code);
  return codes.reduce((worst, code) => (order.indexOf(code) > order.indexOf(worst) ? code : worst), codes[0] ?? exitCodes.unknown.code);
}

/** The table as `--help` shows it, one code a line. */
export function describeExitCodes(): string {
  return Object.values(exitCodes)
    .map(({ code, meaning }) => `${String(code).padStart(5)}  ${meaning}`)
    .join('\n');
}
