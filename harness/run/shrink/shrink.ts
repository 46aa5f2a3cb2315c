/** From a failing run to the smallest schedule and load that still fail in the same way, most promising reductions first. */
import { type Candidate, closeGaps, halvings, keepFaults, keepFaultsUntil, type LengthOf } from './candidate.ts';
import { ddmin } from './ddmin.ts';
import { createJudge, type Tally } from './judge.ts';

export interface ShrinkOptions {
  readonly original: Candidate;
  /** How often each candidate is run at most. */
  readonly runs: number;
  /** Milliseconds of load until the violation of the original could be known; absent when that was at its end. */
  readonly detectedMs?: number;
  readonly lengthOf: LengthOf;
  /** Runs once: whether it failed in the same way, or `undefined` when it came to no answer (interrupted, budget spent). */
  readonly run: (candidate: Candidate) => Promise<boolean | undefined>;
  /** Told what is tried next, and of every candidate that is smaller and still fails. */
  readonly onTry: (what: string, candidate: Candidate) => void;
  readonly onSmaller: (best: Candidate) => void;
}

export interface ShrinkResult {
  readonly best: Candidate;
  /** How often the original failed when it was run again. */
  readonly original: Tally;
  /** How often the best did. None of none when the original didn't fail again. */
  readonly reproduction: Tally;
}

export async function shrink({ original, runs, detectedMs, lengthOf, run, onTry, onSmaller }: ShrinkOptions): Promise<ShrinkResult> {
  const judge = createJudge<Candidate>({ runs, run });
  onTry('the run as it was', original);
  const tally = await judge.gauge(original);
  if (tally.failures === 0) return { best: original, original: tally, reproduction: { failures: 0, runs: 0 } };

  let best = original;
  const attempt = async (what: string, candidate: Candidate): Promise<boolean> => {
    if (JSON.stringify(candidate) === JSON.stringify(best)) return false;
    onTry(what, candidate);
    if (!(await judge.fails(candidate))) return false;
    best = candidate;
    onSmaller(best);
    return true;
  };

  if (detectedMs !== undefined) await attempt('nothing after the violation', keepFaultsUntil(best, detectedMs, lengthOf));
  if (!(await attempt('no faults at all', keepFaults(best, [], lengthOf)))) {
    const from = best;
    await ddmin(from.plan.faults, (faults) =>
      attempt(`${faults.length} of ${from.plan.faults.length} faults`, keepFaults(from, faults, lengthOf)),
    );
    await attempt('no idle time', closeGaps(best, lengthOf));
  }
  for (const step of halvings(best, lengthOf)) {
    for (let next = step.apply(best); next !== undefined; next = step.apply(best)) {
      if (!(await attempt(`half of ${step.what}`, next))) break;
    }
  }
  onTry('how often the smallest fails', best);
  return { best, original: tally, reproduction: await judge.measure(best) };
}
