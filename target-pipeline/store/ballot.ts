/**
 * Ballots order the versions of a register, totally: first by fencing token, then by counter, then by proposer.
 * The token comes first, so that whatever a new leader writes is newer than anything its predecessor had in flight,
 * and a read repair can never bring a stale write back (rule 3 of fencing).
 */
export type Ballot = readonly [token: number, counter: number, proposer: string];

export function compareBallots(a: Ballot | null, b: Ballot | null): number {
  if (a === null || b === null) return (a === null ? 0 : 1) - (b === null ? 0 : 1);
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[1] !== b[1]) return a[1] - b[1];
  return a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0;
}

/** A ballot of `proposer` that is newer than `than` by `leap`, and carries at least `token`. */
export function nextBallot(than: Ballot | null, token: number, proposer: string, leap: number): Ballot {
  if (than === null || than[0] < token) return [token, leap, proposer];
  return [than[0], than[1] + leap, proposer];
}

export function newerBallot(a: Ballot | null, b: Ballot | null): Ballot | null {
  return compareBallots(a, b) >= 0 ? a : b;
}
