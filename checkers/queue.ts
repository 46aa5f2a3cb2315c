/**
 * Queue: what was enqueued comes out once. Whatever comes out twice, from nowhere, or before it was put in is wrong at once; what never comes
 * out is lost only once the queue was drained: a dequeue that began after every enqueue had ended found nothing.
 *
 * An order of coming out is not asked for; that is the linearizability checker's business.
 */
import type { CheckResult, RunEvidence } from '../harness/history/index.ts';
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
import { canonical } from './models/canonical.ts';

const question = 'Did everything that was enqueued come out exactly once?';
const functions: ReadonlySet<string> = new Set(['enqueue', 'dequeue', 'drain']);

export const queue: Checker = {
  name: 'queue',
  question,
  applies: ({ history }) => history.some(({ f }) => f === 'enqueue'),
  check: checkQueue,
};

/** What became of one value. */
interface Passage {
  readonly enqueues: Call[];
  readonly dequeues: Call[];
}

interface Examined {
  acknowledged: number;
  dequeued: number;
  /** Dequeues of which nobody knows what they took. */
  openDequeues: number;
  undrained: number;
}

export function checkQueue({ history }: RunEvidence): CheckResult {
  const findings = collectFindings();
  const examined: Examined = { acknowledged: 0, dequeued: 0, openDequeues: 0, undrained: 0 };
  const unexplained: string[] = [];
  for (const [key, calls] of callsByKey(history, functions)) checkOne(key, calls, findings, examined, unexplained);
  if (findings.total > 0) return invalidResult(question, findings, { ...examined });
  const result = (verdict: CheckResult['verdict'], summary: string): CheckResult => ({
    verdict,
    question,
    summary,
    examined: { ...examined },
    evidence: [],
  });
  if (examined.acknowledged === 0) return result('unknown', 'No enqueue was ever acknowledged.');
  if (examined.undrained > 0)
    return result(
      'unknown',
      `${examined.undrained} queues were not drained after the last enqueue, so what is still in them can't be told from what is lost.`,
    );
  if (unexplained.length > 0) return result('unknown', unexplained.join(' '));
  return result('valid', `All ${examined.acknowledged} acknowledged values came out once, and nothing else did.`);
}

function checkOne(key: string, calls: readonly Call[], findings: Findings, examined: Examined, unexplained: string[]): void {
  const passages = new Map<string, Passage>();
  const passageOf = (value: unknown): Passage => {
    const name = canonical(value);
    const known = passages.get(name) ?? { enqueues: [], dequeues: [] };
    passages.set(name, known);
    return known;
  };
  for (const call of calls) {
    if (call.invocation.f === 'enqueue') passageOf(call.invocation.value).enqueues.push(call);
    else for (const value of takenBy(call)) passageOf(value).dequeues.push(call);
  }
  const openDequeues = calls.filter(
    ({ invocation, completion }) => invocation.f !== 'enqueue' && completion?.type !== 'ok' && completion?.type !== 'fail',
  );
  examined.openDequeues += openDequeues.length;
  const missing: Passage[] = [];
  for (const [value, passage] of passages) {
    checkPassage(key, value, passage, findings);
    const acknowledged = passage.enqueues.filter(({ completion }) => completion?.type === 'ok').length;
    examined.acknowledged += acknowledged;
    examined.dequeued += passage.dequeues.length;
    for (let count = passage.dequeues.length; count < acknowledged; count += 1) missing.push(passage);
  }
  if (!wasDrained(calls)) {
    if (calls.some(({ invocation }) => invocation.f === 'enqueue')) examined.undrained += 1;
    return;
  }
  // An open drain may have taken everything, an open dequeue one value.
  const mayBeTaken = openDequeues.some(({ invocation }) => invocation.f === 'drain') ? Number.POSITIVE_INFINITY : openDequeues.length;
  if (missing.length > mayBeTaken) reportLost(key, missing, mayBeTaken, findings);
  else if (missing.length > 0)
    unexplained.push(
      `${missing.length} values${ofKey(key)} did not come out, and ${openDequeues.length} dequeues with an unknown outcome may have taken them.`,
    );
}

/** The values that a completed dequeue or drain gave; an empty queue gives none. */
function takenBy({ invocation, completion }: Call): readonly unknown[] {
  if (completion?.type !== 'ok') return [];
  const { value } = completion;
  if (invocation.f === 'drain') return Array.isArray(value) ? value : [];
  return value === null || value === undefined ? [] : [value];
}

function checkPassage(key: string, value: string, { enqueues, dequeues }: Passage, findings: Findings): void {
  if (dequeues.length === 0) return;
  const data = { value, enqueued: enqueues.length, dequeued: dequeues.length, ...(key === '' ? {} : { key }) };
  const possible = enqueues.filter(mayHaveHappened);
  if (possible.length === 0) {
    const why = enqueues.length === 0 ? 'was never enqueued' : 'whose enqueue failed';
    findings.violation('unexpected', {
      summary: `${value}${ofKey(key)} came out, which ${why}.`,
      operations: operationIndexes(...enqueues, ...dequeues),
      data,
    });
    return;
  }
  if (dequeues.length > possible.length) {
    findings.violation('duplicated', {
      summary: `${value}${ofKey(key)} came out ${dequeues.length} times, but was put in ${possible.length === 1 ? 'once' : `${possible.length} times`}.`,
      operations: operationIndexes(...possible, ...dequeues),
      data,
    });
  }
  const [first] = possible;
  const early = dequeues.find(
    ({ completion }) => first !== undefined && completion !== undefined && completion.time < first.invocation.time,
  );
  if (first === undefined || early === undefined) return;
  findings.violation('out-before-in', {
    summary: `${value}${ofKey(key)} came out before anybody put it in.`,
    operations: operationIndexes(first, early),
    data,
  });
}

/** A dequeue or drain that began once every enqueue had ended found the queue empty, and nothing came out after it. */
function wasDrained(calls: readonly Call[]): boolean {
  let enqueuedUntil = Number.NEGATIVE_INFINITY;
  let takenUntil = Number.NEGATIVE_INFINITY;
  let emptyAt = Number.NEGATIVE_INFINITY;
  for (const call of calls) {
    const { invocation, completion } = call;
    if (invocation.f === 'enqueue') {
      // One whose outcome is unknown may put its value in at any time; it was never acknowledged, so it can't be lost.
      if (completion?.type === 'ok') enqueuedUntil = Math.max(enqueuedUntil, completion.time);
    } else if (completion?.type === 'ok') {
      if (invocation.f === 'drain' || takenBy(call).length === 0) emptyAt = Math.max(emptyAt, invocation.time);
      if (invocation.f === 'dequeue' && takenBy(call).length > 0) takenUntil = Math.max(takenUntil, completion.time);
    }
  }
  return emptyAt > enqueuedUntil && emptyAt > takenUntil;
}

function reportLost(key: string, missing: readonly Passage[], mayBeTaken: number, findings: Findings): void {
  for (const { enqueues } of missing) {
    const enqueue = enqueues.find(({ completion }) => completion?.type === 'ok');
    if (enqueue === undefined) continue;
    findings.violation('lost', {
      summary: `${canonical(enqueue.invocation.value)}${ofKey(key)} was enqueued and acknowledged, and never came out of the queue, which was drained.`,
      operations: operationIndexes(enqueue),
      data: { value: enqueue.invocation.value, missing: missing.length, mayBeTaken, ...(key === '' ? {} : { key }) },
    });
  }
}
