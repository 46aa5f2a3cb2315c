/** The linearizability check as one of a run's checkers: every register key of the run, judged as a cas-register. */
import type { CheckResult, Evidence, Operation, RunEvidence } from '../../harness/history/index.ts';
import type { Checker, CheckLimits } from '../checker.ts';
import { casRegister } from '../models/register.ts';
import { allowedResults } from './allowed-results.ts';
import { checkLinearizableInParallel } from './parallel/index.ts';
import type { LinearizabilityResult, NamedCall } from './result.ts';

const question = 'Does one total order of the register operations, consistent with real time, explain every result?';
/** To say what an impossible operation could have met may take so long: it makes the verdict clearer, not surer. */
const explainMs = 5_000;
const STEPS_SHOWN = 12;
/** Invocations of a partial order that a picture can use. */
const ORDER_SHOWN = 60;
const registerFunctions = new Set(casRegister.functions);

export const linearizableChecker: Checker = {
  name: 'linearizable',
  question,
  applies: ({ history }) => history.some(isRegisterOperation),
  async check(evidence: RunEvidence, limits: CheckLimits): Promise<CheckResult> {
    const operations = registerOperations(evidence.history);
    if (operations.length === 0) {
      return {
        verdict: 'unknown',
        question,
        summary: 'The run has no register operations (read, write or cas with a key).',
        examined: { operations: 0 },
        evidence: [],
      };
    }
    const options = { model: casRegister, limits };
    const result = await checkLinearizableInParallel(operations, options);
    const explained = { ...options, limits: { ...limits, timeMs: Math.min(explainMs, limits.timeMs) } };
    return asCheckResult(result, result.verdict === 'invalid' ? allowedResults(operations, explained, result) : undefined);
  },
};

/** What the checker looks at. The rest of a run's history is other checkers' to judge. */
export function registerOperations(history: readonly Operation[]): readonly Operation[] {
  return history.filter(isRegisterOperation);
}

function isRegisterOperation(operation: Operation): boolean {
  return operation.process !== 'nemesis' && operation.key !== undefined && registerFunctions.has(operation.f);
}

/** A linearizability result in the terms every checker answers in. `allowed`: what the impossible operation could have met, where that is known. */
function asCheckResult(result: LinearizabilityResult, allowed: readonly unknown[] | undefined): CheckResult {
  const { verdict, summary, examined } = result;
  return { verdict, question, summary, examined: { ...examined }, evidence: evidenceOf(result, allowed) };
}

function evidenceOf(result: LinearizabilityResult, allowed: readonly unknown[] | undefined): Evidence[] {
  const evidence: Evidence[] = [];
  const { firstImpossible, minimal, longestPartials, abortedReads, reason, examined } = result;
  if (reason?.kind === 'invalid-history') {
    evidence.push({ kind: 'context', summary: reason.message, operations: [reason.index] });
  }
  if (firstImpossible !== undefined) {
    evidence.push({
      kind: 'violation',
      summary: `Up to here the history has an explanation; no order explains ${firstImpossible.description} as well.`,
      operations: indexesOf([firstImpossible]),
      ...(allowed === undefined ? {} : { data: { allowed } }),
    });
  }
  if (minimal !== undefined) {
    const shown = [...minimal.context, ...minimal.core].sort((a, b) => a.invocation - b.invocation);
    evidence.push({
      kind: 'violation',
      summary: `These operations contradict each other: ${shown.slice(-STEPS_SHOWN).map(sentence).join('; ')}${shown.length > STEPS_SHOWN ? ` (the last ${STEPS_SHOWN} of ${shown.length})` : ''}.`,
      operations: indexesOf(shown),
      data: {
        core: indexesOf(minimal.core),
        minimal: minimal.verified,
        ...(minimal.before.length > 0 ? { stateBefore: minimal.before } : {}),
      },
    });
  }
  for (const { read, write } of abortedReads ?? []) {
    evidence.push({
      kind: 'violation',
      summary: `${sentence(read)} saw the value of ${sentence(write)}, which failed: an aborted read.`,
      operations: indexesOf([write, read]),
    });
  }
  for (const partial of longestPartials ?? []) {
    evidence.push({
      kind: 'context',
      summary: `As far as an explanation goes: ${steps(partial.calls)}; then the state is ${partial.state}.`,
      operations: indexesOf(partial.calls),
      data: { order: partial.calls.slice(-ORDER_SHOWN).map(({ invocation }) => invocation), state: partial.state },
    });
  }
  if (result.verdict === 'valid') {
    evidence.push({
      kind: 'proof',
      summary: `An order was found on each of ${examined.partitions} keys, for ${examined.constraining} completed operations.`,
    });
  }
  return evidence;
}

const sentence = (call: NamedCall): string =>
  `process ${call.process} ${call.description} (index ${call.invocation}${call.completion === undefined ? '' : `–${call.completion}`})`;

/** The last few steps say what matters; the operations named beside them are complete. */
function steps(calls: readonly NamedCall[]): string {
  if (calls.length === 0) return 'nothing takes effect';
  const shown = calls.slice(-STEPS_SHOWN).map((call) => call.description);
  return [...(calls.length > STEPS_SHOWN ? [`… ${calls.length - STEPS_SHOWN} operations`] : []), ...shown].join(', then ');
}

function indexesOf(calls: readonly NamedCall[]): number[] {
  return calls
    .flatMap((call) => (call.completion === undefined ? [call.invocation] : [call.invocation, call.completion]))
    .sort((a, b) => a - b);
}
