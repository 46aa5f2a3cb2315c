/**
 * What a request head means to the harness: the view that fault rules decide on and that traffic records are made of.
 */
import type { RequestHead } from './framing/head.ts';
import type { HeaderNames } from './headers.ts';
import type { Classify, EdgeName, RequestView } from './types.ts';

/** Header names are case-insensitive; heads are read in lower case. */
export function inLowerCase(names: HeaderNames): HeaderNames {
  return {
    idempotencyKey: names.idempotencyKey.toLowerCase(),
    fencingToken: names.fencingToken.toLowerCase(),
    fenceScope: names.fenceScope.toLowerCase(),
    attempt: names.attempt.toLowerCase(),
    round: names.round.toLowerCase(),
  };
}

const wholeNumber = /^[0-9]{1,16}$/;

/** `names` in lower case. */
export function viewRequest(
  edge: EdgeName,
  head: RequestHead,
  receivedAt: number,
  names: HeaderNames,
  classify: Classify | undefined,
): RequestView {
  const { method, path, headers } = head;
  const { kind, key } = classify?.(method, path) ?? {};
  const idempotencyKey = headers[names.idempotencyKey];
  const fenceScope = headers[names.fenceScope];
  const fencingToken = parseWholeNumber(headers[names.fencingToken]);
  const attempt = parseWholeNumber(headers[names.attempt]);
  const round = parseWholeNumber(headers[names.round]);
  return {
    edge,
    method,
    path,
    headers,
    receivedAt,
    ...(kind !== undefined && { kind }),
    ...(key !== undefined && { key }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(fenceScope !== undefined && { fenceScope }),
    ...(fencingToken !== undefined && { fencingToken }),
    ...(attempt !== undefined && { attempt }),
    ...(round !== undefined && { round }),
  };
}

/** A token that is no number is no token: a checker that compared it would compare nonsense. */
function parseWholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !wholeNumber.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
