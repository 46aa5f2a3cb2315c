/** The catalogue of nemeses: one file a fault in `faults/`, one line here. */
import { latency } from './faults/latency.ts';
import { none } from './faults/none.ts';
import { pauseLeader } from './faults/pause-leader.ts';
import type { Nemesis } from './nemesis.ts';

export type { Nemesis, NemesisContext, PlannedFault, TargetProbe } from './nemesis.ts';
export { planSchedule, type SchedulePlan } from './schedule.ts';

export const nemeses: readonly Nemesis[] = [pauseLeader, latency, none];
