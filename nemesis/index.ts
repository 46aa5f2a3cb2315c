/** The catalogue of nemeses: one file a fault in `faults/`, one line here. */
import { clockSkew } from './faults/clock-skew.ts';
import { diskFull } from './faults/disk-full.ts';
import { diskSlow } from './faults/disk-slow.ts';
import { duplicate } from './faults/duplicate.ts';
import { errorBurst } from './faults/error-burst.ts';
import { kill } from './faults/kill.ts';
import { latency } from './faults/latency.ts';
import { loseUnsyncedWrites } from './faults/lose-unsynced-writes.ts';
import { lostResponse } from './faults/lost-response.ts';
import { none } from './faults/none.ts';
import { partition } from './faults/partition.ts';
import { pause } from './faults/pause.ts';
import { pauseLeader } from './faults/pause-leader.ts';
import { randomPair } from './faults/random-pair.ts';
import { restart } from './faults/restart.ts';
import { retryStorm } from './faults/retry-storm.ts';
import { slow } from './faults/slow.ts';
import type { Nemesis } from './nemesis.ts';

export type { Calibration, Nemesis, NemesisContext, PlannedFault, PlanWindow, TargetProbe } from './nemesis.ts';
export type { NodeFaultChange, NodeFaultState, NodeFaultSwitch } from './node-faults.ts';
export { planSchedule, type SchedulePlan } from './schedule.ts';
export { nodeChoices } from './targets.ts';

export const nemeses: readonly Nemesis[] = [
  pauseLeader,
  pause,
  kill,
  restart,
  lostResponse,
  duplicate,
  errorBurst,
  retryStorm,
  latency,
  slow,
  partition,
  clockSkew,
  diskFull,
  diskSlow,
  loseUnsyncedWrites,
  randomPair,
  none,
];
