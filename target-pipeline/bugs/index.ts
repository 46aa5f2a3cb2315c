/** The catalogue of seeded bugs: one file a bug, one line here. */
import type { Bug } from './bug.ts';
import { checkThenReserveBug } from './check-then-reserve.ts';
import { compensationOnce } from './compensation-once.ts';
import { fenceOneReplicaSkips } from './fence-one-replica-skips.ts';
import { fenceSequenceOnly } from './fence-sequence-only.ts';
import { fenceTokenNotPersisted } from './fence-token-not-persisted.ts';
import { quorumNotIntersecting } from './quorum-not-intersecting.ts';
import { readNoWriteBack } from './read-no-write-back.ts';
import { timeoutIsFailure } from './timeout-is-failure.ts';

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
];
