/**
 * The one registry of error codes. `definite` means: the operation did not happen and never will, so it may be recorded as `fail`.
 * Anything else that goes wrong with an operation that could have changed something is `info`.
 */
export interface ErrorDefinition {
  readonly definite: boolean;
  readonly description: string;
}

export const errorRegistry = {
  'invalid-request': { definite: true, description: 'The request was refused by validation (4xx) and changed nothing.' },
  'missing-idempotency-key': { definite: true, description: 'A call with an effect came without an Idempotency-Key header.' },
  'idempotency-key-reused': { definite: true, description: 'The same idempotency key came with another body.' },
  'idempotency-key-in-flight': { definite: false, description: 'A call with this key is in progress; its outcome is not known yet.' },
  'not-found': { definite: true, description: 'The object does not exist.' },
  'cas-mismatch': { definite: true, description: 'Compare-and-set found another value.' },
  'insufficient-stock': { definite: true, description: 'There was not enough stock to reserve.' },
  'payment-declined': { definite: true, description: 'The payment was declined, finally.' },
  'not-cancellable': { definite: true, description: 'The order is in a state that cannot be cancelled.' },
  'not-leader': { definite: true, description: 'The node does not lead and could not hand the call to the leader; nothing was attempted.' },
  overloaded: { definite: true, description: 'The call was shed before it began.' },
  unavailable: { definite: true, description: 'No quorum answered before anything was proposed.' },
  fenced: {
    definite: false,
    description: 'A replica refused the fencing token; another leader may still finish what was accepted before.',
  },
  indeterminate: { definite: false, description: 'Something was proposed and its fate is unknown.' },
  'connection-refused': { definite: true, description: 'No connection could be made, so the request never left.' },
  'connection-lost': { definite: false, description: 'The connection broke after the request left.' },
  timeout: { definite: false, description: 'No answer came before the deadline.' },
  'unexpected-response': { definite: false, description: 'The answer could not be understood.' },
  'server-error': { definite: false, description: 'The node answered with an error of its own making (5xx).' },
  interrupted: { definite: false, description: 'The run was stopped before the call completed.' },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorRegistry;

/** Unknown codes are indefinite: the safe assumption. */
export function isDefinite(code: string): boolean {
  return Object.hasOwn(errorRegistry, code) && errorRegistry[code as ErrorCode].definite;
}

/** Prefix of the `type` member of RFC 9457 problem documents; the rest is the error code. */
export const problemTypePrefix = 'urn:seamproof:problem:';
