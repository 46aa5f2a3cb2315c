/**
 * Clauses about answers, by idempotency key: a key has one answer however often it is sent, and stands for one request: with another body
 * it is refused (IETF draft "The Idempotency-Key HTTP Header Field", section 2.6).
 */
import { type EffectCall, type Findings, isFinalAnswer } from '../evidence/index.ts';

export interface AnswersExamined {
  /** Keys that came with more than one body. */
  readonly keysWithOtherBodies: number;
  /** Of their calls those that came with another body than the first and were refused (4xx). */
  readonly otherBodiesRefused: number;
}

export function checkAnswers(callsByKey: ReadonlyMap<string, readonly EffectCall[]>, findings: Findings): AnswersExamined {
  let keysWithOtherBodies = 0;
  let otherBodiesRefused = 0;
  for (const [key, calls] of callsByKey) {
    const answered = calls.filter(({ record }) => isFinalAnswer(record));
    const bodies = new Set(calls.flatMap(({ record }) => record.requestDigest ?? []));
    if (bodies.size > 1) {
      keysWithOtherBodies += 1;
      const accepted = answered[0]?.record.requestDigest;
      otherBodiesRefused += calls.filter(({ record }) => isRefusal(record.status) && record.requestDigest !== accepted).length;
      checkOneBody(key, answered, findings);
    }
    checkOneAnswer(key, answered, findings);
  }
  return { keysWithOtherBodies, otherBodiesRefused };
}

function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500;
}

function checkOneBody(key: string, answered: readonly EffectCall[], findings: Findings): void {
  const [first, other] = distinctBy(answered, ({ record }) => record.requestDigest);
  if (first === undefined || other === undefined) return;
  findings.violation('other-body-accepted', {
    summary: `Key ${key} was accepted with one body and then with another: the second should have been refused.`,
    traffic: [first.record.id, other.record.id],
    data: { idempotencyKey: key, requestDigests: [first.record.requestDigest, other.record.requestDigest] },
  });
}

function checkOneAnswer(key: string, answered: readonly EffectCall[], findings: Findings): void {
  const [first, other] = distinctBy(answered, ({ record }) => record.responseDigest);
  if (first === undefined || other === undefined) return;
  findings.violation('answers-differ', {
    summary: `Key ${key} was answered in one way by ${first.record.to} and in another by ${other.record.to}: a duplicate should have been given the first answer.`,
    traffic: [first.record.id, other.record.id],
    data: {
      idempotencyKey: key,
      path: first.record.path,
      responseDigests: [first.record.responseDigest, other.record.responseDigest],
    },
  });
}

/** The first call of each value; calls without one are passed over. */
function distinctBy(calls: readonly EffectCall[], read: (call: EffectCall) => string | undefined): readonly EffectCall[] {
  const firsts = new Map<string, EffectCall>();
  for (const call of calls) {
    const value = read(call);
    if (value !== undefined && !firsts.has(value)) firsts.set(value, call);
  }
  return [...firsts.values()];
}
