/** What may be made smaller about a failing run: which faults there are, when, how long and how strong they are, and the load. Pure. */
import type { PlannedFault, SchedulePlan } from '../../../nemesis/index.ts';

export interface Candidate {
  readonly plan: SchedulePlan;
  readonly ratePerSecond: number;
}

/** Roughly how long a fault takes until it is healed, milliseconds. */
export type LengthOf = (fault: PlannedFault) => number;

/** A fault may take longer than is usual; one that the end of the load cuts off shows nothing. */
const patienceFactor = 1.5;
const patienceMs = 2000;
/** The first fault of a schedule begins within its first second. */
const earliestMs = 500;
const shortestGapMs = 1000;
const shortestCleanMs = 500;
const slowestPerSecond = 1;
/** Shorter or weaker faults than this are none. */
const leastMs = 50;

/** With these faults alone, and no more time than they need. What lay before the first of them is dropped; what lies between them stays. */
export function keepFaults({ plan, ...load }: Candidate, faults: readonly PlannedFault[], lengthOf: LengthOf): Candidate {
  const sorted = [...faults].sort((a, b) => a.atMs - b.atMs);
  const first = sorted[0];
  if (first === undefined)
    return { ...load, plan: { ...plan, cleanBeforeMs: plan.cleanBeforeMs + plan.faultsMs, faultsMs: 0, faults: [] } };
  const shiftMs = Math.max(0, first.atMs - earliestMs);
  const shifted = sorted.map((fault) => ({ ...fault, atMs: fault.atMs - shiftMs }));
  const endMs = Math.max(...shifted.map((fault) => fault.atMs + patienceFactor * lengthOf(fault) + patienceMs));
  return { ...load, plan: { ...plan, faults: shifted, faultsMs: Math.round(Math.min(plan.faultsMs, endMs)) } };
}

/** With the faults that began before this moment of the load: none that came later can have caused what was seen by then. */
export function keepFaultsUntil(candidate: Candidate, loadMs: number, lengthOf: LengthOf): Candidate {
  const { warmUpMs, cleanBeforeMs, faults } = candidate.plan;
  return keepFaults(
    candidate,
    faults.filter(({ atMs }) => warmUpMs + cleanBeforeMs + atMs <= loadMs),
    lengthOf,
  );
}

/** With the idle time between faults taken out. */
export function closeGaps(candidate: Candidate, lengthOf: LengthOf): Candidate {
  let [removedMs, endMs] = [0, 0];
  const faults = candidate.plan.faults.map((fault) => {
    const gapMs = fault.atMs - removedMs - endMs;
    if (gapMs > shortestGapMs) removedMs += gapMs - shortestGapMs;
    const moved = { ...fault, atMs: fault.atMs - removedMs };
    endMs = Math.max(endMs, moved.atMs + lengthOf(moved));
    return moved;
  });
  return keepFaults(candidate, faults, lengthOf);
}

export interface Step {
  /** What it makes smaller, a few words. */
  readonly what: string;
  /** `undefined` when it is as small as it gets. */
  apply(candidate: Candidate): Candidate | undefined;
}

/** Halvings that may be repeated as long as they still fail: of each fault's durations, of the clean windows, of the load. */
export function halvings({ plan }: Candidate, lengthOf: LengthOf): readonly Step[] {
  const ofFaults = plan.faults.flatMap(({ id, options }) =>
    Object.entries(options).flatMap(([option, value]) =>
      option.endsWith('Ms') && typeof value === 'number' && value > 0 ? [halveOption(id, option, lengthOf)] : [],
    ),
  );
  return [...ofFaults, halveWindow('cleanBeforeMs'), halveWindow('cleanAfterMs'), halveRate];
}

function halveOption(id: string, option: string, lengthOf: LengthOf): Step {
  return {
    what: `${option} of ${id}`,
    apply(candidate) {
      const value = candidate.plan.faults.find((fault) => fault.id === id)?.options[option];
      if (typeof value !== 'number' || value / 2 < leastMs) return undefined;
      const faults = candidate.plan.faults.map((fault) =>
        fault.id === id ? { ...fault, options: { ...fault.options, [option]: Math.round(value / 2) } } : fault,
      );
      return keepFaults(candidate, faults, lengthOf);
    },
  };
}

function halveWindow(window: 'cleanBeforeMs' | 'cleanAfterMs'): Step {
  return {
    what: window === 'cleanBeforeMs' ? 'the time before the faults' : 'the time after them',
    apply({ plan, ...load }) {
      const halfMs = Math.round(plan[window] / 2);
      return halfMs < shortestCleanMs ? undefined : { ...load, plan: { ...plan, [window]: halfMs } };
    },
  };
}

const halveRate: Step = {
  what: 'the rate',
  apply({ plan, ratePerSecond }) {
    return ratePerSecond / 2 < slowestPerSecond ? undefined : { plan, ratePerSecond: ratePerSecond / 2 };
  },
};
