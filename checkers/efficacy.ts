/**
 * Efficacy: did the faults do what they were meant to? A pipeline that survived a fault which had no effect has survived nothing, so a
 * fault without proof makes the run `unknown`. It says nothing against the pipeline, so it is never `invalid`.
 */
import type { CheckResult, Evidence, FaultRecord, RunEvidence } from '../harness/history/index.ts';
import type { Checker } from './checker.ts';

const question = 'Was every fault applied where it was meant to be, proven to have had its effect, and healed?';

export const efficacy: Checker = { name: 'efficacy', question, subject: 'run', applies: askedForFaults, check: checkEfficacy };

/** `none` is the control run: no faults were asked for. */
function requested(evidence: RunEvidence): readonly string[] {
  return evidence.nemeses.filter((name) => name !== 'none');
}

function askedForFaults(evidence: RunEvidence): boolean {
  return requested(evidence).length > 0 || evidence.faults.length > 0;
}

export function checkEfficacy(evidence: RunEvidence): CheckResult {
  const { faults } = evidence;
  const judged = faults.map((fault) => ({ fault, shortcomings: shortcomingsOf(fault) }));
  const failing = judged.filter(({ shortcomings }) => shortcomings.length > 0);
  const examined = {
    faults: faults.length,
    proofs: faults.reduce((sum, { proofs }) => sum + proofs.length, 0),
    proofsThatHold: faults.reduce((sum, { proofs }) => sum + proofs.filter(({ holds }) => holds).length, 0),
    healed: faults.filter(({ healedAt }) => healedAt !== undefined).length,
  };
  const result = (verdict: CheckResult['verdict'], summary: string): CheckResult => ({
    verdict,
    question,
    summary,
    examined,
    evidence: judged.map(({ fault, shortcomings }) => evidenceOf(fault, shortcomings)),
  });
  const neverInjected = requested(evidence).filter((name) => !faults.some((fault) => injectedBy(fault, name)));
  if (!askedForFaults(evidence)) return result('unknown', 'No fault was asked for.');
  if (neverInjected.length > 0) return result('unknown', `Asked for but never injected: ${neverInjected.join(', ')}.`);
  if (failing.length > 0) {
    const named = failing.slice(0, 3).map(({ fault, shortcomings }) => `${fault.id}: ${shortcomings.join(', ')}`);
    return result('unknown', `${failing.length} of ${faults.length} faults prove nothing; ${named.join('; ')}.`);
  }
  return result('valid', `All ${faults.length} faults were applied, their effect proven by ${examined.proofs} observations, and healed.`);
}

/** A nemesis made of others records their faults under its own name or prefixes their ids with it. */
function injectedBy(fault: FaultRecord, name: string): boolean {
  const [base = name] = name.split(':');
  return fault.nemesis === base || fault.id === base || fault.id.startsWith(`${base}-`);
}

function shortcomingsOf(fault: FaultRecord): readonly string[] {
  const { targets, proofs, startedAt, healedAt } = fault;
  return [
    ...(targets.length === 0 ? ['it hit nothing'] : []),
    ...(proofs.length === 0 ? ['nothing shows that it had an effect'] : []),
    ...proofs
      .filter(({ holds }) => !holds)
      .map(({ claim, detail }) => `"${claim}" does not hold${detail === undefined ? '' : ` (${detail})`}`),
    ...(healedAt === undefined ? ['it was never healed'] : []),
    ...(healedAt !== undefined && healedAt < startedAt ? ['it was healed before it began'] : []),
  ];
}

function evidenceOf(fault: FaultRecord, shortcomings: readonly string[]): Evidence {
  const { id, nemesis, targets, startedAt, healedAt, proofs } = fault;
  return {
    kind: shortcomings.length === 0 ? 'proof' : 'context',
    summary: `${id} on ${targets.join(', ') || 'nothing'}: ${shortcomings.length === 0 ? proofs.map(({ claim }) => claim).join('; ') : shortcomings.join('; ')}.`,
    data: { fault: id, nemesis, targets, startedAt, healedAt: healedAt ?? null, proofs },
  };
}
