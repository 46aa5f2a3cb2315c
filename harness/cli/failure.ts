/** An error that ended the command → what a person reads and the exit status. */
import { describeUsageError, exitCodes, UsageError } from '../config/index.ts';
import { InfrastructureError } from '../infrastructure-error.ts';

export interface Failure {
  readonly text: string;
  readonly exitCode: number;
}

export interface FailureContext {
  readonly verbose: boolean;
  /** Where the evidence of the run that broke off is, once that exists. */
  readonly runDirectory: string | undefined;
}

export function describeFailure(error: unknown, context: FailureContext): Failure {
  if (error instanceof UsageError) return { text: describeUsageError(error), exitCode: exitCodes.usage.code };
  if (error instanceof InfrastructureError) {
    const lines = [
      `harness: ${error.message}`,
      ...evidenceLine(context),
      ...(error.advice === undefined ? [] : [`  try       ${error.advice}`]),
    ];
    return { text: `${lines.join('\n')}\n`, exitCode: exitCodes[error.failure].code };
  }
  return { text: describeBug(error, context), exitCode: exitCodes.internal.code };
}

function describeBug(error: unknown, context: FailureContext): string {
  const lines = [`harness: a bug in the harness: ${error instanceof Error ? error.message : String(error)}`, ...evidenceLine(context)];
  if (context.runDirectory !== undefined) lines.push('  nodes     harness recover, should any still be running');
  if (!context.verbose) lines.push('  try       --verbose, for the stack trace to report it with');
  else if (error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  return `${lines.join('\n')}\n`;
}

function evidenceLine({ runDirectory }: FailureContext): readonly string[] {
  return runDirectory === undefined ? [] : [`  evidence  ${runDirectory}`];
}
