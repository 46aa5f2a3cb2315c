/** What a proposer concludes from what replicas say; replaceable as one component. */
import type { Accepted, Envelope } from './protocol.ts';
import type { QuorumSizes } from './quorum.ts';
import { newestOf, settledValue } from './settled.ts';

export interface ProposerRules {
  /** What a read may answer, given what replicas have said so far; `undefined` while that is too little. */
  readable(seen: readonly Accepted[], quorum: QuorumSizes): Accepted | undefined;
  /** The value that a change goes on from, of those that a prepare quorum holds. */
  current(promised: readonly Accepted[], quorum: QuorumSizes): Accepted;
  /** Did the attempt with this id make the value, or one that this value was made from? */
  recognizes(envelope: Envelope, attemptId: string): boolean;
}

export const proposerRules: ProposerRules = {
  // Newer than the newest chosen one may be a value that nobody finished: a read that shows it must have settled it.
  readable: settledValue,
  // Also when it stands on one replica only: it may have been chosen, on replicas that this prepare did not hear.
  current: newestOf,
  recognizes: ({ operationIds }, attemptId) => operationIds.includes(attemptId),
};
