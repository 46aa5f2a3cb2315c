/** Plans when faults happen: pure, seeded, with clean windows before the first and after the last. */
import type { Nemesis, PlannedFault, PlanWindow, TargetProbe } from './nemesis.ts';

export interface SchedulePlan {
  /** Milliseconds of load before faults may begin: warm-up, then the clean window that gives baselines. */
  readonly warmUpMs: number;
  readonly cleanBeforeMs: number;
  readonly faultsMs: number;
  readonly cleanAfterMs: number;
  readonly faults: readonly PlannedFault[];
}

export interface ScheduleOptions {
  readonly timeMs: number;
  readonly choices: readonly { readonly nemesis: Nemesis; readonly options: PlannedFault['options'] }[];
  /** Mean time from the end of one fault of a nemesis to the beginning of its next. */
  readonly intervalMs?: number;
  readonly target: Pick<TargetProbe, 'leaseMs'>;
  /** Uniform in [0, 1), from the schedule's own stream. */
  readonly random: () => number;
}

const defaultIntervalMs = 3000;

export function planSchedule({ timeMs, choices, intervalMs = defaultIntervalMs, target, random }: ScheduleOptions): SchedulePlan {
  const warmUpMs = Math.min(2000, timeMs * 0.1);
  const active = choices.filter(({ nemesis }) => nemesis.name !== 'none');
  if (active.length === 0) return { warmUpMs, cleanBeforeMs: timeMs - warmUpMs, faultsMs: 0, cleanAfterMs: 0, faults: [] };
  const cleanMs = Math.min(10_000, timeMs * 0.15);
  const faultsMs = timeMs - warmUpMs - 2 * cleanMs;
  const window: PlanWindow = { faultsMs, intervalMs, target, random };
  // Each nemesis keeps its own pace; faults of different ones may overlap.
  const faults = active.flatMap(({ nemesis, options }) => nemesis.plan?.(window) ?? planRepeatedly(nemesis, options, window));
  return { warmUpMs, cleanBeforeMs: cleanMs, faultsMs, cleanAfterMs: cleanMs, faults: faults.sort((a, b) => a.atMs - b.atMs) };
}

function planRepeatedly(
  nemesis: Nemesis,
  options: PlannedFault['options'],
  { faultsMs, intervalMs, target, random }: PlanWindow,
): readonly PlannedFault[] {
  return beginnings(nemesis.typicalDurationMs(target, options), { faultsMs, intervalMs, random }).map((atMs, index) => ({
    id: `${nemesis.name}-${index + 1}`,
    nemesis: nemesis.name,
    atMs: Math.round(atMs),
    options,
  }));
}

/** When faults of this length begin, one after the other with pauses of chance: the first soon, the last early enough to heal; at least one. */
export function beginnings(
  durationMs: number,
  { faultsMs, intervalMs, random }: Pick<PlanWindow, 'faultsMs' | 'intervalMs' | 'random'>,
): readonly number[] {
  const all: number[] = [];
  for (
    let atMs = random() * Math.min(1000, faultsMs / 10);
    all.length === 0 || atMs + durationMs <= faultsMs;
    atMs += durationMs + intervalMs * (0.5 + random())
  ) {
    all.push(atMs);
  }
  return all;
}
