/** When a run could first have been known to be wrong: by then everything had happened that one of its violations rests on. */
import type { ReportInput } from '../../../reports/index.ts';
import type { CheckResult, Evidence, RunEvidence } from '../../history/index.ts';

/**
 * For each checker that found a violation, milliseconds of load until the first; `null` where that rests on the final reads, or on nothing
 * that has a time, so that it was known only at the end.
 */
export function detectionTimes({ verdict, evidence }: Pick<ReportInput, 'verdict' | 'evidence'>): Readonly<Record<string, number | null>> {
  const loadBeganNs = evidence.windows.find(({ name }) => name === 'warm-up')?.from ?? 0;
  const trafficEnds = new Map(evidence.traffic.map(({ id, endedAt }) => [id, endedAt]));
  const broken = Object.entries(verdict.checkers).filter(([, result]) => result.verdict === 'invalid');
  return Object.fromEntries(
    broken.map(([name, result]) => {
      const atNs = firstViolationNs(result, evidence, trafficEnds);
      return [name, atNs === undefined ? null : Math.max(0, (atNs - loadBeganNs) / 1e6)];
    }),
  );
}

function firstViolationNs({ evidence }: CheckResult, run: RunEvidence, trafficEnds: ReadonlyMap<number, number>): number | undefined {
  const times = evidence.flatMap((one) => (one.kind === 'violation' ? (completeAtNs(one, run, trafficEnds) ?? []) : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The last of what it rests on; unknown as soon as the time of one part is. */
function completeAtNs({ operations = [], traffic = [] }: Evidence, { history }: RunEvidence, trafficEnds: ReadonlyMap<number, number>) {
  const times = [...operations.map((index) => history[index]?.time), ...traffic.map((id) => trafficEnds.get(id))];
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 || known.length < times.length ? undefined : Math.max(...known);
}
