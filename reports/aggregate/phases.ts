/**
 * What customers saw, phase by phase: the clean windows, the time under faults, and each kind of fault for itself. The same figures as the
 * charts, for those who read without them.
 */
import type { RunEvidence, RunWindow } from '../../harness/history/index.ts';
import { second } from './axis.ts';
import { nearestRank, sortedLatencies } from './latency.ts';
import type { ClientOperations } from './operations.ts';

export interface PhaseFigures {
  readonly name: string;
  readonly seconds: number;
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  /** Of acknowledged operations, by their intended start. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

interface Phase {
  readonly name: string;
  readonly spans: readonly (readonly [fromNs: number, toNs: number])[];
}

const windowNames: Partial<Readonly<Record<RunWindow['name'], string>>> = {
  'clean-before': 'Clean, before faults',
  faults: 'Fault window',
  'clean-after': 'Clean, after faults',
};

/** An operation belongs to the phase in which it was meant to start. */
export function phaseFigures(evidence: RunEvidence, operations: ClientOperations): readonly PhaseFigures[] {
  return phasesOf(evidence).map((phase) => figuresOf(phase, operations));
}

function phasesOf({ windows, faults }: RunEvidence): readonly Phase[] {
  const ofWindows = windows.flatMap(({ name, from, to }) => {
    const label = windowNames[name];
    return label === undefined ? [] : [{ name: label, spans: [[from, to] as const] }];
  });
  const byNemesis = new Map<string, (readonly [number, number])[]>();
  for (const { nemesis, startedAt, healedAt } of faults) {
    const spans = byNemesis.get(nemesis) ?? [];
    if (healedAt !== undefined) spans.push([startedAt, healedAt]);
    byNemesis.set(nemesis, spans);
  }
  const ofFaults = [...byNemesis]
    .filter(([, spans]) => spans.length > 0)
    .map(([name, spans]) => ({ name: `During ${name}`, spans: merged(spans) }));
  const after = ofWindows.findIndex(({ name }) => name === windowNames['clean-after']);
  return after < 0 ? [...ofWindows, ...ofFaults] : [...ofWindows.slice(0, after), ...ofFaults, ...ofWindows.slice(after)];
}

/** Spans in order and apart, so that an operation is counted once. */
function merged(spans: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const apart: [number, number][] = [];
  for (const [from, to] of [...spans].sort(([a], [b]) => a - b)) {
    const last = apart.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else apart.push([from, to]);
  }
  return apart;
}

function figuresOf({ name, spans }: Phase, operations: ClientOperations): PhaseFigures {
  const counts = [0, 0, 0];
  const [latencies = new Float64Array()] = sortedLatencies(operations, 1, (position) => {
    return operations.outcomeOf[position] === 0 && within(spans, operations.startNs[position] ?? 0) ? 0 : -1;
  });
  for (let position = 0; position < operations.count; position++) {
    if (!within(spans, operations.startNs[position] ?? 0)) continue;
    const outcome = operations.outcomeOf[position] ?? 0;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  const [ok = 0, fail = 0, info = 0] = counts;
  const seconds = spans.reduce((total, [from, to]) => total + (to - from), 0) / second;
  return { name, seconds, ok, fail, info, p50Ms: nearestRank(latencies, 0.5), p99Ms: nearestRank(latencies, 0.99) };
}

/** Binary search: a long run may have hundreds of faults and a million operations. */
function within(spans: readonly (readonly [number, number])[], timeNs: number): boolean {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle]?.[0] ?? 0) <= timeNs) low = middle + 1;
    else high = middle;
  }
  const span = spans[low - 1];
  return span !== undefined && timeNs < span[1];
}
