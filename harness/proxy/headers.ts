/** Header names by which an edge proxy reads a call's meaning. A target may choose others. */
export const defaultHeaderNames = {
  idempotencyKey: 'idempotency-key',
  fencingToken: 'x-fencing-token',
  fenceScope: 'x-fencing-scope',
  attempt: 'x-attempt',
  round: 'x-retry-round',
} as const;

export type HeaderNames = { readonly [Name in keyof typeof defaultHeaderNames]: string };
