/**
 * One retry storm as the callee's proxy saw it: first attempts F, retries R, goodput G and amplification in time, and R of the last τ beside what
 * the budgets allow for the F of the last τ. With a control, the same storm against unbound retries, moved so that both stalls begin at once.
 */
import { z } from 'zod';
import type { FaultRecord, RunEvidence, TrafficRecord } from '../../harness/history/index.ts';
import { axisBetween, binOf, binStarts, round, second, type TimeAxis } from './axis.ts';
import type { Table } from './table.ts';

const figures = z.object({
  edge: z.object({ fromRole: z.string(), toRole: z.string() }),
  budgetShare: z.number(),
  budgetFloorPerSecond: z.number(),
  budgetWindowMs: z.number().positive(),
  clientProcesses: z.number(),
  attemptsMax: z.number(),
  offeredPerSecond: z.number().optional(),
  capacityPerSecond: z.number().optional(),
  stallStartedAt: z.number(),
  stallEndedAt: z.number(),
  graceMs: z.number(),
});

export type StormFigures = z.infer<typeof figures>;

export type StormColumn =
  | 'from'
  | 'to'
  | 'first'
  | 'retries'
  | 'goodput'
  | 'amplification'
  | 'windowRetries'
  | 'windowAllowed'
  | 'controlCalls'
  | 'controlGoodput'
  | 'controlAmplification';

export interface StormOverTime {
  readonly faultId: string;
  readonly facts: StormFigures;
  readonly axis: TimeAxis;
  readonly table: Table<StormColumn>;
  /** The seeded bug of the control, where there was one. */
  readonly controlBug: string | undefined;
}

const maxBins = 200;

/** Those that say what they were; others can't be drawn. */
export function stormsOverTime(evidence: RunEvidence): readonly StormOverTime[] {
  const ofStorms = (faults: readonly FaultRecord[]) =>
    faults.flatMap((fault) => {
      const parsed = fault.nemesis === 'retry-storm' ? figures.safeParse(fault.facts) : undefined;
      return parsed?.success === true ? [{ faultId: fault.id, facts: parsed.data }] : [];
    });
  const { control } = evidence;
  const controls = control === undefined ? [] : ofStorms(control.faults);
  return ofStorms(evidence.faults).flatMap(({ faultId, facts }) => {
    const axis = axisOf(evidence, facts);
    if (axis === undefined) return [];
    const own = countCalls(evidence.traffic, facts, axis, 0);
    const other = controls.find((one) => one.faultId === faultId) ?? controls[0];
    const without =
      control === undefined || other === undefined
        ? undefined
        : countCalls(control.traffic, facts, axis, facts.stallStartedAt - other.facts.stallStartedAt);
    return [
      { faultId, facts, axis, table: tableOf(facts, axis, own, without), controlBug: without === undefined ? undefined : control?.bug },
    ];
  });
}

/** From the clean window before the faults until the load ended. */
function axisOf({ windows }: RunEvidence, facts: StormFigures): TimeAxis | undefined {
  const from = windows.find(({ name }) => name === 'clean-before')?.from ?? facts.stallStartedAt - 10 * second;
  const to = Math.max(
    facts.stallEndedAt,
    ...windows.filter(({ name }) => name === 'faults' || name === 'clean-after').map((one) => one.to),
  );
  return to > from ? axisBetween(from, to, maxBins) : undefined;
}

interface Counts {
  readonly first: Float64Array;
  readonly retries: Float64Array;
  readonly good: Float64Array;
}

function countCalls(traffic: readonly TrafficRecord[], { edge }: StormFigures, axis: TimeAxis, shiftNs: number): Counts {
  const counts = {
    first: new Float64Array(axis.binCount),
    retries: new Float64Array(axis.binCount),
    good: new Float64Array(axis.binCount),
  };
  const add = (column: Float64Array, timeNs: number): void => {
    // Not at the edge: what came before the picture would stand as a peak in its first bin.
    if (timeNs < axis.fromNs || timeNs >= axis.toNs) return;
    const bin = binOf(axis, timeNs);
    column[bin] = (column[bin] ?? 0) + 1;
  };
  for (const { kind, from, to, attempt, round: asked, receivedAt, respondedAt, status, outcome, faults } of traffic) {
    if (kind !== 'effect' || !hasRole(from, edge.fromRole) || !hasRole(to, edge.toRole) || faults.includes('copy')) continue;
    add((attempt ?? 1) > 1 || (asked ?? 0) > 0 ? counts.retries : counts.first, receivedAt + shiftNs);
    if (outcome === 'completed' && status === 200 && respondedAt !== undefined) add(counts.good, respondedAt + shiftNs);
  }
  return counts;
}

function hasRole(node: string, role: string): boolean {
  return node === role || node.startsWith(`${role}-`);
}

function tableOf(facts: StormFigures, axis: TimeAxis, own: Counts, control: Counts | undefined): Table<StormColumn> {
  const from = binStarts(axis);
  const windowBins = Math.max(1, Math.round(facts.budgetWindowMs / 1000 / axis.binSeconds));
  const floor = (facts.clientProcesses * facts.budgetFloorPerSecond * facts.budgetWindowMs) / 1000;
  const firstOfWindow = runningSum(own.first, windowBins);
  const rate = (column: Float64Array): readonly number[] => Array.from(column, (count) => round(count / axis.binSeconds));
  const calls = control === undefined ? undefined : control.first.map((count, bin) => count + (control.retries[bin] ?? 0));
  const absent = (): readonly null[] => from.map(() => null);
  return {
    from,
    to: from.map((at) => round(at + axis.binSeconds)),
    first: rate(own.first),
    retries: rate(own.retries),
    goodput: rate(own.good),
    amplification: amplificationOf(own),
    windowRetries: Array.from(runningSum(own.retries, windowBins)),
    // Before the picture is a window long, nobody here knows what came in it.
    windowAllowed: Array.from(firstOfWindow, (firsts, bin) =>
      bin < windowBins - 1 ? null : round(facts.budgetShare * firsts + floor + 1),
    ),
    controlCalls: calls === undefined ? absent() : rate(calls),
    controlGoodput: control === undefined ? absent() : rate(control.good),
    controlAmplification: control === undefined ? absent() : amplificationOf(control),
  };
}

/** Calls for each first attempt; nothing where nobody asked for anything new. */
function amplificationOf({ first, retries }: Counts): readonly (number | null)[] {
  return Array.from(first, (count, bin) => (count === 0 ? null : round((count + (retries[bin] ?? 0)) / count)));
}

/** Of the last `bins` bins, each one included. */
function runningSum(column: Float64Array, bins: number): Float64Array {
  let sum = 0;
  return column.map((count, at) => {
    sum += count - (at >= bins ? (column[at - bins] ?? 0) : 0);
    return sum;
  });
}
