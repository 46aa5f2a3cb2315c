/** Which runs make the score: every seeded bug where it shows, and the pipeline without a bug under everything that bugs and catalogue name. */
import type { BugEntry, Catalogue } from '../../config/index.ts';

export interface ScoreRun {
  /** Absent: the reference. */
  readonly bug?: BugEntry;
  readonly seed: number;
  /** As flags of `harness test` take them. */
  readonly flags: Readonly<Record<string, string | boolean>>;
}

export interface ScorePlanOptions {
  readonly catalogue: Pick<Catalogue, 'bugs' | 'nemeses'>;
  /** Names of bugs; none means all, and every nemesis for the reference. */
  readonly names: readonly string[];
  readonly seeds: readonly number[];
  /** How long each run loads, as `--time` takes it, where the bug doesn't say. */
  readonly time?: string;
  readonly withBugs: boolean;
  readonly withReference: boolean;
}

/** Long enough for several faults of any nemesis. */
const usualTime = '30';
/** What shows by chance is given longer; such a run ends as soon as it has shown. */
const timeForChance = '60';
/** The one checker that judges while the run goes on. */
const judgesEarly = 'linearizable';

export function planScore({ catalogue, names, seeds, time, withBugs, withReference }: ScorePlanOptions): readonly ScoreRun[] {
  const bugs = names.length === 0 ? catalogue.bugs : catalogue.bugs.filter(({ name }) => names.includes(name));
  const ofBugs = bugs.map((bug) => ({ bug, flags: flagsOf(bug, time) }));
  const setups = new Map<string, ScoreRun['flags']>();
  const ofNemeses =
    names.length > 0 ? [] : catalogue.nemeses.map(({ name }) => ({ nemesis: name, workload: 'orders', time: time ?? usualTime }));
  for (const setup of [...ofNemeses, ...ofBugs.map(({ flags: { bug: _, 'fail-fast': __, ...setup } }) => setup)]) {
    setups.set(JSON.stringify([setup.nemesis, setup.workload]), setup);
  }
  return seeds.flatMap((seed): readonly ScoreRun[] => [
    ...(withBugs ? ofBugs.map((run) => ({ ...run, seed })) : []),
    ...(withReference ? [...setups.values()].map((flags) => ({ flags, seed })) : []),
  ]);
}

function flagsOf({ name, nemesis, workload, caughtBy, settings }: BugEntry, time: string | undefined) {
  const early = caughtBy === judgesEarly;
  return {
    bug: name,
    nemesis,
    workload,
    time: early ? timeForChance : usualTime,
    ...(early ? { 'fail-fast': true } : {}),
    ...settings,
    ...(time === undefined ? {} : { time }),
  };
}
