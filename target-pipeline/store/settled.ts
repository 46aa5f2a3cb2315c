/** What several replicas say of one register, put together. */
import { compareBallots } from './ballot.ts';
import type { Accepted } from './protocol.ts';
import type { QuorumSizes } from './quorum.ts';

export function newestOf(seen: readonly Accepted[]): Accepted {
  return seen.reduce((newest, next) => (compareBallots(next.ballot, newest.ballot) > 0 ? next : newest), { ballot: null, envelope: null });
}

/**
 * The newest value among at least R answers, if it is known to be chosen: accepted under one ballot by W replicas, or absent at all of them.
 * Any value chosen before the read began is at W replicas, one of which is among the R, so nothing newer than the answer was chosen then.
 */
export function settledValue(seen: readonly Accepted[], quorum: QuorumSizes): Accepted | undefined {
  if (seen.length < quorum.read) return undefined;
  const newest = newestOf(seen);
  if (newest.ballot === null) return newest;
  const agreeing = seen.filter((one) => compareBallots(one.ballot, newest.ballot) === 0).length;
  return agreeing >= quorum.write ? newest : undefined;
}
