/**
 * Bounded retries: a failing service is asked a bounded amount more than before, and comes back once it is well again.
 *
 * Two verdicts, *bounded* and *recovered*, since either can hold without the other: a client that gives up for ever is bounded and doesn't recover; one
 * that retries without bound may be saved by a callee with capacity to spare. The run is valid when both hold. The definitions D1 to D7 stand in
 * `bounded.ts`, `recovery.ts` and `jitter.ts`.
 */
import type { CheckResult, Evidence, RunEvidence, Verdict } from '../../harness/history/index.ts';
import type { Checker } from '../checker.ts';
import { collectFindings, type Findings, invalidResult } from '../evidence/index.ts';
import { attemptsOn } from './attempts.ts';
import { checkBounded } from './bounded.ts';
import { type Storm, stormOf } from './facts.ts';
import { checkJitter } from './jitter.ts';
import { baselineOf, checkRecovered, horizonOf, loadOf } from './recovery.ts';
import { weaknessesOf } from './strength.ts';

const question = 'Do retries stay bounded while a service fails, and does its goodput come back when it is well again?';
const nemesis = 'retry-storm';

export const boundedRetries: Checker = {
  name: 'bounded-retries',
  question,
  // A storm among other faults, drawn by chance, has neither the size nor the time after it to show both.
  applies: ({ nemeses }) => nemeses.some((name) => name.split(':', 1)[0] === nemesis),
  check: checkBoundedRetries,
};

/** What one storm showed. */
interface Judged {
  readonly storm: Storm;
  readonly bounded: Verdict;
  readonly recovered: Verdict;
  /** What is missing for `valid`. */
  readonly missing: readonly string[];
  readonly figures: Readonly<Record<string, unknown>>;
  readonly counts: Readonly<Record<'firstAttempts' | 'retries', number>>;
}

export function checkBoundedRetries(evidence: RunEvidence): CheckResult {
  const findings = collectFindings();
  const read = evidence.faults.filter((fault) => fault.nemesis === nemesis).map(stormOf);
  const unreadable = read.filter((storm) => typeof storm === 'string');
  const judged = read.flatMap((storm) => (typeof storm === 'string' ? [] : [judge(storm, evidence, findings)]));
  const proven = judged.filter(({ bounded, recovered }) => bounded === 'valid' && recovered === 'valid');
  const examined = {
    storms: read.length,
    firstAttempts: Math.max(0, ...judged.map(({ counts }) => counts.firstAttempts)),
    retries: Math.max(0, ...judged.map(({ counts }) => counts.retries)),
    stormsBounded: judged.filter(({ bounded }) => bounded === 'valid').length,
    stormsRecovered: judged.filter(({ recovered }) => recovered === 'valid').length,
  };
  const told = judged.map(asEvidence);
  if (findings.total > 0) return invalidResult(question, findings, examined, told);
  const result = (verdict: Verdict, summary: string): CheckResult => ({ verdict, question, summary, examined, evidence: told });
  if (read.length === 0) return result('unknown', 'No retry storm was made, so no budget was needed.');
  if (proven.length === 0) {
    const nearest = judged.reduce<Judged | undefined>(
      (best, next) => (best === undefined || next.missing.length < best.missing.length ? next : best),
      undefined,
    );
    return result(
      'unknown',
      `No storm tells: ${nearest === undefined ? unreadable.join('; ') : `${nearest.storm.faultId}: ${nearest.missing.join('; ')}`}.`,
    );
  }
  const [first] = proven;
  return result(
    'valid',
    `In ${proven.length} of ${read.length} storms retries stayed bounded (at most ${String(first?.figures['mostAttempts'])} attempts, ` +
      `${Number(first?.figures['amplification']).toFixed(2)} calls for each operation) and goodput recovered ` +
      `${(Number(first?.figures['recoveryMs']) / 1000).toFixed(1)} s after healing, of ${(Number(first?.figures['longestRecoveryMs']) / 1000).toFixed(1)} s allowed.`,
  );
}

function judge(storm: Storm, evidence: RunEvidence, findings: Findings): Judged {
  const attempts = attemptsOn(storm.facts, evidence.traffic);
  const load = loadOf(storm, attempts, evidence);
  const baseline = baselineOf(load, evidence.windows);
  const horizon = baseline === undefined ? 'there was no clean window before it' : horizonOf(storm, evidence, load, baseline);
  const after = typeof horizon === 'string' ? undefined : horizon;

  const beforeBounded = findings.total;
  const bounded = checkBounded(storm, attempts, after, findings);
  const jitter = checkJitter(storm, attempts, evidence.traffic, findings);
  const boundBroken = findings.total > beforeBounded;
  const beforeRecovered = findings.total;
  const recovery = after === undefined || baseline === undefined ? undefined : checkRecovered(storm, load, baseline, after, findings);
  const recoveryBroken = findings.total > beforeRecovered;

  const { stallStartedAt, stallEndedAt, graceMs } = storm.facts;
  const inStorm = (atMs: number): boolean => atMs >= stallStartedAt / 1e6 && atMs < stallEndedAt / 1e6 + graceMs;
  const stormRetries = attempts.filter(({ isRetry, atMs }) => isRetry && inStorm(atMs)).length;
  const weak = baseline === undefined ? [] : weaknessesOf(storm, load, baseline, stormRetries);
  const missing = [
    ...(typeof horizon === 'string' ? [horizon] : []),
    ...(after !== undefined && bounded.capacityWindows === 0 ? ['no window is left after the grace to compare with the capacity'] : []),
    ...weak,
  ];
  const verdictOf = (broken: boolean): Verdict => (broken ? 'invalid' : missing.length > 0 ? 'unknown' : 'valid');
  return {
    storm,
    bounded: verdictOf(boundBroken),
    recovered: verdictOf(recoveryBroken),
    missing,
    figures: { ...bounded, ...jitter, ...recovery, stormRetries },
    counts: { firstAttempts: bounded.firstAttempts, retries: bounded.retries },
  };
}

function asEvidence({ storm, bounded, recovered, missing, figures }: Judged): Evidence {
  const words: Readonly<Record<Verdict, string>> = { valid: 'yes', invalid: 'no', unknown: 'not shown' };
  const why = missing.length === 0 ? '' : ` (${missing.join('; ')})`;
  return {
    kind: bounded === 'valid' && recovered === 'valid' ? 'proof' : 'context',
    summary: `${storm.faultId}: bounded: ${words[bounded]}; recovered: ${words[recovered]}${why}.`,
    data: {
      storm: storm.faultId,
      bounded,
      recovered,
      missing,
      ...figures,
      ...(storm.facts.control === undefined ? {} : { control: storm.facts.control }),
    },
  };
}
