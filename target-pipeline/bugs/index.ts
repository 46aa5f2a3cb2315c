/** The catalogue of seeded bugs: one file a bug, one line here. */

import { ackBeforeFsync } from './ack-before-fsync.ts';
import { ackBeforeProcessing } from './ack-before-processing.ts';
import { answersAnew } from './answers-anew.ts';
import { breakerNeverCloses } from './breaker-never-closes.ts';
import type { Bug } from './bug.ts';
import { cachesTransientFailure } from './caches-transient-failure.ts';
import { cancelSkipsRefund } from './cancel-skips-refund.ts';
import { checkThenReserveBug } from './check-then-reserve.ts';
import { compensationOnce } from './compensation-once.ts';
import { consumerNotIdempotent } from './consumer-not-idempotent.ts';
import { dedupeAfterEffect } from './dedupe-after-effect.ts';
import { dedupeInMemory } from './dedupe-in-memory.ts';
import { dedupeShortTtl } from './dedupe-short-ttl.ts';
import { fenceOneReplicaSkips } from './fence-one-replica-skips.ts';
import { fenceSequenceOnly } from './fence-sequence-only.ts';
import { fenceSweeperUnfenced } from './fence-sweeper-unfenced.ts';
import { fenceTokenNotPersisted } from './fence-token-not-persisted.ts';
import { fingerprintOfTheMoment } from './fingerprint-of-the-moment.ts';
import { forgetsUnfinishedAccepts } from './forgets-unfinished-accepts.ts';
import { freshKeyPerRetry } from './fresh-key-per-retry.ts';
import { keyPerLeader } from './key-per-leader.ts';
import { keyWithoutFingerprint } from './key-without-fingerprint.ts';
import { leaseTokenReused } from './lease-token-reused.ts';
import { leaseWallClock } from './lease-wall-clock.ts';
import { lostUpdate } from './lost-update.ts';
import { noJitter } from './no-jitter.ts';
import { noTombstone } from './no-tombstone.ts';
import { notSentIsFailure } from './not-sent-is-failure.ts';
import { publishAfterCommit } from './publish-after-commit.ts';
import { publishBeforeCommit } from './publish-before-commit.ts';
import { quorumNotIntersecting } from './quorum-not-intersecting.ts';
import { readNoWriteBack } from './read-no-write-back.ts';
import { readOneReplica } from './read-one-replica.ts';
import { readsFromCache } from './reads-from-cache.ts';
import { retriedChangeAppliedTwice } from './retried-change-applied-twice.ts';
import { retriesAtEveryLayer } from './retries-at-every-layer.ts';
import { skipsWhatFails } from './skips-what-fails.ts';
import { stampsByWallClock } from './stamps-by-wall-clock.ts';
import { successorForgetsUnfinished } from './successor-forgets-unfinished.ts';
import { timeoutIsFailure } from './timeout-is-failure.ts';
import { unboundedRetries } from './unbounded-retries.ts';
import { unknownIsSuccess } from './unknown-is-success.ts';

export type { Bug } from './bug.ts';

export const bugs: readonly Bug[] = [
  fenceOneReplicaSkips,
  fenceTokenNotPersisted,
  fenceSequenceOnly,
  quorumNotIntersecting,
  readNoWriteBack,
  timeoutIsFailure,
  checkThenReserveBug,
  compensationOnce,
  forgetsUnfinishedAccepts,
  retriedChangeAppliedTwice,
  readOneReplica,
  readsFromCache,
  successorForgetsUnfinished,
  keyPerLeader,
  dedupeAfterEffect,
  dedupeInMemory,
  dedupeShortTtl,
  freshKeyPerRetry,
  keyWithoutFingerprint,
  answersAnew,
  cachesTransientFailure,
  noTombstone,
  fingerprintOfTheMoment,
  unknownIsSuccess,
  notSentIsFailure,
  cancelSkipsRefund,
  lostUpdate,
  publishBeforeCommit,
  publishAfterCommit,
  ackBeforeProcessing,
  skipsWhatFails,
  consumerNotIdempotent,
  stampsByWallClock,
  ackBeforeFsync,
  leaseWallClock,
  leaseTokenReused,
  fenceSweeperUnfenced,
  unboundedRetries,
  retriesAtEveryLayer,
  noJitter,
  breakerNeverCloses,
];
