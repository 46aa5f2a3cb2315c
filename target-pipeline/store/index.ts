/** Quorum registers, the replica behind them and its write-ahead log. */
export { Acceptor, type AcceptorRules, type Admission, acceptorRules } from './acceptor.ts';
export { type Ballot, compareBallots } from './ballot.ts';
export type { ChangeOptions, ChangeOutcome, Decision } from './change.ts';
export { openLastingAcceptor } from './lasting-acceptor.ts';
export { type ProposerRules, proposerRules } from './proposer-rules.ts';
export type { Accepted, Envelope, Fence, ReplicaPeer } from './protocol.ts';
export { fenceQuorum, gather, type QuorumSizes, quorumProblem, replies } from './quorum.ts';
export { Registers } from './registers.ts';
export { createReplicaPeer } from './replica-peer.ts';
export { createReplicaService } from './replica-service.ts';
export { scanAllKeys, scanEntries } from './scan.ts';
export { newestOf, settledValue } from './settled.ts';
export { CorruptLogError, openWriteAheadLog, type WriteAheadLog } from './write-ahead-log.ts';
