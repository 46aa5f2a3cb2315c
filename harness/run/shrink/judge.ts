/**
 * Does a candidate still fail? What depends on the interleaving fails in some runs and not in others, so each candidate is run several times:
 * it counts as failing when it does so in as many of them as the original did, or in most.
 */

export interface Tally {
  readonly failures: number;
  readonly runs: number;
}

export interface JudgeOptions<Candidate> {
  /** How often each candidate is run at most. */
  readonly runs: number;
  /** Runs once: whether it failed in the way that is looked for, or `undefined` when it came to no answer (interrupted, budget spent). */
  readonly run: (candidate: Candidate) => Promise<boolean | undefined>;
}

export interface Judge<Candidate> {
  /** Runs the original until it is known how often it fails; from then on, that is the bar. */
  gauge(original: Candidate): Promise<Tally>;
  /** Stops as soon as the answer is settled. `false` also when there was no time to find out. */
  fails(candidate: Candidate): Promise<boolean>;
  /** All runs of it so far, with as many more as the limit allows. */
  measure(candidate: Candidate): Promise<Tally>;
}

export function createJudge<Candidate>({ runs, run }: JudgeOptions<Candidate>): Judge<Candidate> {
  const most = Math.ceil(runs / 2);
  const tallies = new Map<string, { failures: number; runs: number }>();
  let needed = most;

  const runUntil = async (candidate: Candidate, settled: (tally: Tally) => boolean): Promise<Tally> => {
    const key = JSON.stringify(candidate);
    const tally = tallies.get(key) ?? { failures: 0, runs: 0 };
    tallies.set(key, tally);
    while (tally.runs < runs && !settled(tally)) {
      const failed = await run(candidate);
      if (failed === undefined) break;
      tally.runs += 1;
      if (failed) tally.failures += 1;
    }
    return { ...tally };
  };

  return {
    async gauge(original) {
      const tally = await runUntil(original, ({ failures }) => failures >= most);
      needed = Math.max(1, Math.min(most, tally.failures));
      return tally;
    },
    async fails(candidate) {
      const { failures } = await runUntil(candidate, (tally) => tally.failures >= needed || tally.failures + runs - tally.runs < needed);
      return failures >= needed;
    },
    measure: (candidate) => runUntil(candidate, () => false),
  };
}
