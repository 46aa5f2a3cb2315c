/**
 * Counter: a read lies between what must have been added and what may have been.
 *
 * Additions acknowledged before a read began must be in it; those begun before it ended, and not known to have failed, may be. The sum of the first,
 * with all that may have lowered it, is the least that can be read, with all that may have raised it the most. Equal times are concurrent.
 */
import type { CheckResult, Operation, RunEvidence } from '../harness/history/index.ts';
import type { Checker } from './checker.ts';
import {
  type Call,
  callsByKey,
  collectFindings,
  type Findings,
  invalidResult,
  mayHaveHappened,
  ofKey,
  operationIndexes,
} from './evidence/index.ts';

const question = 'Does every read of a counter lie between what was added and what may have been?';
const functions: ReadonlySet<string> = new Set(['add', 'inc', 'dec', 'read']);

export const counter: Checker = { name: 'counter', question, applies: ({ history }) => countsIn(history), check: checkCounter };

/** A register has reads of numbers, too, and a set has additions; only a counter has both. */
function countsIn(history: readonly Operation[]): boolean {
  return history.some(isNumericRead) && history.some(({ f, type, value }) => type === 'invoke' && amountOf(f, value) !== undefined);
}

function isNumericRead({ f, type, value }: Operation): boolean {
  return f === 'read' && type === 'ok' && typeof value === 'number';
}

function amountOf(f: string, value: unknown): number | undefined {
  const step = f === 'inc' ? 1 : f === 'dec' ? -1 : undefined;
  if (step !== undefined) return step * (typeof value === 'number' ? value : 1);
  return f === 'add' && typeof value === 'number' ? value : undefined;
}

interface Addition {
  readonly amount: number;
  readonly beganAt: number;
  /** Absent unless acknowledged. */
  readonly acknowledgedAt?: number;
}

export function checkCounter({ history }: RunEvidence): CheckResult {
  const findings = collectFindings();
  let [reads, additions] = [0, 0];
  // Numbers that are read and never added to are registers, and what is added without ever being read as a number is a set.
  if (countsIn(history)) {
    for (const [key, calls] of callsByKey(history, functions)) {
      const added = calls.flatMap(additionOf);
      const read = calls.filter(({ completion }) => completion !== undefined && isNumericRead(completion));
      if (added.length === 0) continue;
      checkReads(key, read, added, findings);
      reads += read.length;
      additions += added.length;
    }
  }
  const examined = { reads, additions };
  if (findings.total > 0) return invalidResult(question, findings, examined);
  const none = reads === 0;
  const summary = none ? 'No counter was both added to and read.' : `All ${reads} reads lie within what ${additions} additions allow.`;
  return { verdict: none ? 'unknown' : 'valid', question, summary, examined, evidence: [] };
}

function additionOf(call: Call): readonly Addition[] {
  const { invocation, completion } = call;
  const amount = amountOf(invocation.f, invocation.value);
  if (amount === undefined || !mayHaveHappened(call)) return [];
  return [{ amount, beganAt: invocation.time, ...(completion?.type === 'ok' ? { acknowledgedAt: completion.time } : {}) }];
}

function checkReads(key: string, reads: readonly Call[], additions: readonly Addition[], findings: Findings): void {
  const acknowledged = runningSum(
    additions.flatMap(({ amount, acknowledgedAt }) => (acknowledgedAt === undefined ? [] : [{ at: acknowledgedAt, amount }])),
  );
  const begun = (wanted: (amount: number) => boolean) =>
    runningSum(additions.filter(({ amount }) => wanted(amount)).map(({ beganAt, amount }) => ({ at: beganAt, amount })));
  const acknowledgedOf = (wanted: (amount: number) => boolean) =>
    runningSum(
      additions.flatMap(({ amount, acknowledgedAt }) =>
        acknowledgedAt === undefined || !wanted(amount) ? [] : [{ at: acknowledgedAt, amount }],
      ),
    );
  const [raises, lowers] = [(amount: number) => amount > 0, (amount: number) => amount < 0];
  const [begunUp, begunDown, knownUp, knownDown] = [begun(raises), begun(lowers), acknowledgedOf(raises), acknowledgedOf(lowers)];
  for (const call of reads) {
    const { invocation, completion } = call;
    if (completion === undefined) continue;
    const known = acknowledged.before(invocation.time);
    const least = known + begunDown.upTo(completion.time) - knownDown.before(invocation.time);
    const most = known + begunUp.upTo(completion.time) - knownUp.before(invocation.time);
    const value = Number(completion.value);
    // Sums of fractions differ by the order they were added in.
    const slack = 1e-9 * Math.max(1, Math.abs(least), Math.abs(most));
    if (value >= least - slack && value <= most + slack) continue;
    findings.violation('read-out-of-bounds', {
      summary: `A read${ofKey(key)} gave ${value}; what was added by then makes at least ${least} and at most ${most}.`,
      operations: operationIndexes(call),
      data: { value, least, most, ...(key === '' ? {} : { key }) },
    });
  }
}

/** The sum of what lies before an instant, or up to it, in logarithmic time. */
function runningSum(items: readonly { readonly at: number; readonly amount: number }[]): {
  before(at: number): number;
  upTo(at: number): number;
} {
  const sorted = [...items].sort((a, b) => a.at - b.at);
  const sums = [0];
  for (const { amount } of sorted) sums.push((sums.at(-1) ?? 0) + amount);
  const sumWhile = (isWithin: (at: number) => boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isWithin(sorted[middle]?.at ?? Number.POSITIVE_INFINITY)) low = middle + 1;
      else high = middle;
    }
    return sums[low] ?? 0;
  };
  return { before: (at) => sumWhile((other) => other < at), upTo: (at) => sumWhile((other) => other <= at) };
}
