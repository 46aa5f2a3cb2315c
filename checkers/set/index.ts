/**
 * Set: what was added is there, and stays there.
 *
 * An element is known from the moment its addition was acknowledged or some read showed it. It is *lost* when reads that began after that, and after
 * every read that still showed it had ended, don't. One that was missing for a while and came back was only late: the time until it was there to stay
 * is told for each element, and how long that may take is for the reader to judge. (Jepsen's set-full asks the same questions.)
 */
import type { CheckResult, Evidence, Operation, RunEvidence } from '../../harness/history/index.ts';
import type { Checker } from '../checker.ts';
import {
  type Call,
  callsByKey,
  collectFindings,
  createDurationCounter,
  type Findings,
  invalidResult,
  mayHaveHappened,
  ofKey,
  operationIndexes,
} from '../evidence/index.ts';
import { canonical } from '../models/canonical.ts';
import { type Element, elementsOf, type SetRead } from './elements.ts';

const question = 'Is every element that was added there, from when on, and nothing else?';
const functions: ReadonlySet<string> = new Set(['add', 'remove', 'read']);

export const set: Checker = { name: 'set', question, applies: ({ history }) => isSet(history), check: checkSet };

/** Only a set is both added to and read as a list. */
function isSet(history: readonly Operation[]): boolean {
  return history.some(isListRead) && history.some(({ f }) => f === 'add');
}

function isListRead({ f, type, value }: Operation): boolean {
  return f === 'read' && type === 'ok' && Array.isArray(value);
}

const shownElements = 10;

export function checkSet({ history }: RunEvidence): CheckResult {
  const findings = collectFindings();
  const delays = createDurationCounter();
  const late: { readonly key: string; readonly element: Element; readonly delayMs: number }[] = [];
  const examined = { acknowledged: 0, reads: 0, judged: 0, late: 0, neverRead: 0 };
  for (const [key, calls] of isSet(history) ? callsByKey(history, functions) : []) {
    const reads = calls.flatMap(readOf);
    examined.reads += reads.length;
    for (const element of elementsOf(calls, reads)) {
      checkElement(key, element, findings);
      if (element.acknowledged) examined.acknowledged += 1;
      if (element.knownAt === undefined || element.removed) continue;
      if (element.lastPresent === undefined && element.lastAbsent === undefined) {
        examined.neverRead += 1;
        continue;
      }
      examined.judged += 1;
      const delayMs = Math.max(0, (element.lastAbsent?.beganAt ?? 0) - element.knownAt) / 1e6;
      delays.add(delayMs);
      if (delayMs > 0) late.push({ key, element, delayMs });
    }
    for (const read of reads) checkRead(key, read, findings);
  }
  examined.late = late.length;
  const visibility = visibilityOf(
    delays.quantiles(),
    late.sort((a, b) => b.delayMs - a.delayMs),
  );
  if (findings.total > 0) return invalidResult(question, findings, examined, visibility);
  const result = (verdict: CheckResult['verdict'], summary: string): CheckResult => ({
    verdict,
    question,
    summary,
    examined,
    evidence: visibility,
  });
  if (examined.judged === 0) return result('unknown', 'No set was both added to and read afterwards.');
  if (examined.neverRead > 0)
    return result('unknown', `${examined.neverRead} acknowledged elements were never looked for: no read began after their addition.`);
  return result('valid', `All ${examined.judged} elements were there to stay, ${late.length} of them not at once.`);
}

function readOf(call: Call): readonly SetRead[] {
  const { invocation, completion } = call;
  if (completion === undefined || !isListRead(completion)) return [];
  const values = completion.value as readonly unknown[];
  return [{ call, values, names: new Set(values.map(canonical)), beganAt: invocation.time, endedAt: completion.time }];
}

function checkElement(key: string, element: Element, findings: Findings): void {
  const { value, additions, lastPresent, lastAbsent, knownAt, removed } = element;
  const name = canonical(value);
  const data = { value, ...(key === '' ? {} : { key }) };
  if (lastPresent !== undefined && !additions.some(mayHaveHappened)) {
    const why = additions.length === 0 ? 'nobody added it' : 'its addition failed';
    findings.violation('unexpected', {
      summary: `${name} was read${ofKey(key)}, but ${why}.`,
      operations: operationIndexes(...additions, lastPresent.call),
      data,
    });
    return;
  }
  const lost =
    !removed && knownAt !== undefined && lastAbsent !== undefined && lastAbsent.beganAt > Math.max(knownAt, lastPresent?.endedAt ?? 0);
  if (!lost) return;
  const shown = additions.filter(({ completion }) => completion?.type === 'ok').slice(0, 1);
  findings.violation('lost', {
    summary: `${name} was ${shown.length > 0 ? 'added and acknowledged' : 'seen'}${ofKey(key)}, and is missing from the reads since.`,
    operations: operationIndexes(...shown, ...(lastPresent === undefined ? [] : [lastPresent.call]), lastAbsent.call),
    data,
  });
}

function checkRead(key: string, { call, values, names }: SetRead, findings: Findings): void {
  if (names.size === values.length) return;
  findings.violation('duplicated', {
    summary: `A read${ofKey(key)} shows ${values.length - names.size} elements more than once.`,
    operations: operationIndexes(call),
    data: key === '' ? {} : { key },
  });
}

function visibilityOf(
  quantiles: ReturnType<ReturnType<typeof createDurationCounter>['quantiles']>,
  late: readonly { readonly key: string; readonly element: Element; readonly delayMs: number }[],
): readonly Evidence[] {
  if (quantiles.count === 0) return [];
  return [
    {
      kind: 'context',
      summary: `From its addition until it was there to stay an element took ${quantiles.p50Ms.toFixed(1)} ms (median), ${quantiles.p99Ms.toFixed(1)} ms (99 %), at most ${quantiles.maxMs.toFixed(1)} ms.`,
      data: { ...quantiles },
    },
    ...late.slice(0, shownElements).map(
      ({ key, element, delayMs }): Evidence => ({
        kind: 'context',
        summary: `${canonical(element.value)}${ofKey(key)} was still missing from a read that began ${delayMs.toFixed(1)} ms after it was known.`,
        operations: element.lastAbsent === undefined ? [] : operationIndexes(element.lastAbsent.call),
        data: { value: element.value, delayMs },
      }),
    ),
  ];
}
