/** A leader deposed on purpose: what a `pause-leader` fault recorded, read without trusting its shape. */
import type { FaultRecord, RunEvidence } from '../../harness/history/index.ts';
import { numberField, stringField } from '../evidence/index.ts';

export interface LeaderChange {
  readonly faultId: string;
  readonly scope: string;
  readonly oldLeader: string;
  readonly oldToken: number;
  /** Absent when nobody took over. */
  readonly newLeader?: string;
  readonly newToken?: number;
}

const leaderPauses = 'pause-leader';

export function leaderChangeOf(fault: FaultRecord): LeaderChange | undefined {
  const { facts } = fault;
  const oldToken = numberField(facts, 'oldToken');
  if (oldToken === undefined) return undefined;
  const newLeader = stringField(facts, 'newLeader');
  const newToken = numberField(facts, 'newToken');
  return {
    faultId: fault.id,
    scope: stringField(facts, 'scope') ?? '',
    oldLeader: stringField(facts, 'oldLeader') ?? fault.targets[0] ?? 'the deposed leader',
    oldToken,
    ...(newLeader === undefined ? {} : { newLeader }),
    ...(newToken === undefined ? {} : { newToken }),
  };
}

/** Did the run set out to depose a leader? Another nemesis counts when it recorded doing so. */
export function deposesLeaders(evidence: RunEvidence): boolean {
  if (evidence.nemeses.some((name) => name === leaderPauses || name.startsWith(`${leaderPauses}:`))) return true;
  return evidence.faults.some((fault) => fault.nemesis === leaderPauses || leaderChangeOf(fault) !== undefined);
}
