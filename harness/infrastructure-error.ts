/**
 * The world around the run failed, not the pipeline and not the harness: a port is taken, a node never became healthy.
 * Shown without a stack trace.
 */
export type InfrastructureFailure = 'deploy' | 'leftovers';

export class InfrastructureError extends Error {
  override readonly name = 'InfrastructureError';
  /** Decides the exit status; a key of the table in `harness/config/exit-codes.ts`. */
  readonly failure: InfrastructureFailure;
  /** What to do next. */
  readonly advice: string | undefined;

  constructor(failure: InfrastructureFailure, message: string, advice?: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
    this.advice = advice;
  }
}
