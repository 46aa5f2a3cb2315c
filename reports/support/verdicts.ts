/** What the checkers would have said of the fixture runs. */
import type { CheckResult, LogRecord, RunVerdict } from '../../harness/history/index.ts';
import { mergeVerdicts } from '../../harness/history/index.ts';

export interface FencingStory {
  readonly refusals: readonly LogRecord[];
  /** The replica that accepted a stale write, on an invalid run. */
  readonly unfencedReplica?: string;
  readonly staleCalls: readonly number[];
  /** The two deliveries of one refund. */
  readonly refundCalls: readonly number[];
  readonly operations: readonly number[];
}

export function fixtureVerdict(story: FencingStory, undecided: boolean): RunVerdict {
  const checkers: Record<string, CheckResult> = {
    linearizable: {
      verdict: 'valid',
      question: 'Does one total order of the operations, consistent with real time, explain every result under the model?',
      summary: 'Every key has a linearization.',
      examined: { keys: 214, operations: 8112, 'unknown operations': 41 },
      evidence: [
        {
          kind: 'proof',
          summary: 'The hardest key, order/o-1237, needed 96 configurations.',
          data: { key: 'order/o-1237', operations: 61, configurations: 96 },
        },
      ],
    },
    fencing: fencingResult(story),
    'exactly-once': {
      verdict: 'valid',
      question: 'Did each logical effect happen exactly once?',
      summary: 'Every acknowledged effect has one record, and 37 duplicate deliveries changed nothing.',
      examined: { 'logical effects': 4021, 'physical deliveries': 4058, 'duplicate deliveries': 37 },
      evidence: [
        {
          kind: 'proof',
          summary: 'One refund was delivered twice and recorded once; both answers are equal.',
          traffic: story.refundCalls,
          data: { orderId: 'o-2718', step: 'refund', deliveries: 2, answers: 2, records: 1 },
        },
      ],
    },
    'bounded-retries': undecided
      ? {
          verdict: 'unknown',
          question: 'Did retries stay within their budget, and did goodput come back after the fault?',
          summary: 'The storm never pushed goodput below its baseline, so the budget was not tested.',
          examined: { 'first attempts': 4021, retries: 12 },
          evidence: [],
        }
      : {
          verdict: 'valid',
          question: 'Did retries stay within their budget, and did goodput come back after the fault?',
          summary: 'Retries stayed below 20 % of first attempts, and goodput was back 1.8 s after healing.',
          examined: { 'first attempts': 4021, retries: 412, windows: 58 },
          evidence: [],
        },
  };
  const verdict = mergeVerdicts(Object.values(checkers).map((one) => one.verdict));
  const summary = {
    valid: 'Every property was exercised and held.',
    invalid: 'A deposed leader’s write was accepted: replica-2 did not fence it.',
    unknown: 'No property was violated, but bounded-retries could not be decided.',
  }[verdict];
  return { schemaVersion: 1, verdict, summary, checkers };
}

function fencingResult({ refusals, unfencedReplica, staleCalls, operations }: FencingStory): CheckResult {
  const question = 'Was every write of a deposed leader refused, and is its successor’s state intact?';
  const examined = { 'stale writes': staleCalls.length, refusals: refusals.length, 'final read quorums': 3 };
  const logLines = refusals.slice(0, 3).map(({ node, line }) => ({ node, line }));
  if (unfencedReplica === undefined) {
    return {
      verdict: 'valid',
      question,
      examined,
      summary: `All ${staleCalls.length} stale writes were refused, and every read quorum shows the successor’s last write.`,
      evidence: [
        {
          kind: 'proof',
          summary: 'order-1 wrote with token 7 after order-2 held token 8; every replica refused it.',
          logLines,
          traffic: staleCalls.slice(0, 3),
        },
      ],
    };
  }
  return {
    verdict: 'invalid',
    question,
    examined,
    summary: `${unfencedReplica} accepted a write with token 7 although it had stored token 8.`,
    evidence: [
      {
        kind: 'violation',
        summary: `${unfencedReplica} answered 200 to order-1’s write of order/o-1237 under token 7; order-2 had written it under token 8.`,
        operations,
        traffic: staleCalls.slice(0, 3),
        data: {
          replica: unfencedReplica,
          key: 'order/o-1237',
          acceptedToken: 7,
          highestToken: 8,
          lostValue: { status: 'CONFIRMED', amountCents: 4096 },
        },
      },
      { kind: 'context', summary: 'The other two replicas refused the same write.', logLines },
    ],
  };
}
