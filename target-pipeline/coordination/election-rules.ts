/** The decisions of an elector; each is replaceable. */
import type { Clock } from '../runtime/port.ts';
import type { LeaseRecord } from './lease.ts';

export interface ElectionRules {
  /** What a lease is counted by, on both sides. */
  leaseNowMs(clock: Clock): number;
  /** The fencing token of whoever takes the lease over. */
  nextToken(lease: LeaseRecord | null): number;
}

export const electionRules: ElectionRules = {
  leaseNowMs: (clock) => clock.monotonicMs(),
  // From the register, which remembers for everybody: a token is never given out twice.
  nextToken: (lease) => (lease?.token ?? 0) + 1,
};
