import { describe, expect, it } from 'vitest';
import { checkQueue, queue } from './queue.ts';
import { type CallRecord, clausesOf, evidenceOf, historyOf } from './test-support/evidence.ts';

const judge = (...calls: readonly CallRecord[]) => checkQueue(evidenceOf({ workload: 'queue', history: historyOf(calls) }));
const put = (value: unknown, from: number, outcome: 'ok' | 'fail' | 'info' = 'ok'): CallRecord => ({
  f: 'enqueue',
  value,
  from,
  to: from + 5,
  outcome,
});
const take = (result: unknown, from: number, outcome: 'ok' | 'fail' | 'info' = 'ok'): CallRecord => ({
  f: 'dequeue',
  from,
  to: from + 5,
  outcome,
  result,
});
const empty = take(null, 1000);

describe('queue', () => {
  it('is valid when everything came out once and then nothing more, in whatever order', () => {
    expect(judge(put('a', 10), put('b', 20), take('b', 30), take('a', 40), empty)).toMatchObject({
      verdict: 'valid',
      examined: { acknowledged: 2, dequeued: 2 },
    });
  });

  it('is violated when a value came out twice, unless it was put in twice', () => {
    expect(clausesOf(judge(put('a', 10), take('a', 20), take('a', 30), empty))).toEqual(['duplicated']);
    expect(judge(put('a', 10), put('a', 12), take('a', 20), take('a', 30), empty).verdict).toBe('valid');
    expect(judge(put('a', 10), put('a', 12, 'info'), take('a', 20), take('a', 30), empty).verdict).toBe('valid');
  });

  it('is violated when a value came out that nobody put in, or whose enqueue failed', () => {
    expect(clausesOf(judge(put('a', 10), take('a', 20), take('z', 30), empty))).toEqual(['unexpected']);
    expect(clausesOf(judge(put('a', 10), take('a', 20), put('z', 25, 'fail'), take('z', 30), empty))).toEqual(['unexpected']);
    expect(judge(put('a', 10), take('a', 20), put('z', 25, 'info'), take('z', 30), empty).verdict).toBe('valid');
  });

  it('is violated when a value came out before it was put in', () => {
    expect(clausesOf(judge(put('a', 100), take('a', 20), empty))).toEqual(['out-before-in']);
    expect(judge(put('a', 25), take('a', 20), empty).verdict).toBe('valid');
  });

  it('is violated when an acknowledged value never came out of a drained queue', () => {
    const result = judge(put('a', 10), put('b', 20), take('a', 30), empty);
    expect(clausesOf(result)).toEqual(['lost']);
    expect(result.evidence[0]?.data).toMatchObject({ value: 'b' });
    expect(clausesOf(judge(put('a', 10), put('a', 12), take('a', 30), empty))).toEqual(['lost']);
    expect(judge(put('a', 10), put('b', 20, 'info'), take('a', 30), empty).verdict).toBe('valid');
  });

  it('takes the values of a drain for dequeued, and the queue for empty after it', () => {
    const drain = (result: unknown, outcome: 'ok' | 'info' = 'ok'): CallRecord => ({ f: 'drain', from: 500, to: 510, outcome, result });
    expect(judge(put('a', 10), put('b', 20), drain(['b', 'a'])).verdict).toBe('valid');
    expect(clausesOf(judge(put('a', 10), put('b', 20), drain(['b'])))).toEqual(['lost']);
    expect(judge(put('a', 10), put('b', 20), drain(null, 'info'), empty).verdict).toBe('unknown');
  });

  it('does not know what is lost while the queue was not drained after the last enqueue', () => {
    expect(judge(put('a', 10), put('b', 20), take('a', 30)).verdict).toBe('unknown');
    expect(judge(put('a', 10), take(null, 12), put('b', 20), take('a', 30)).verdict).toBe('unknown');
    expect(judge(put('a', 10), take('a', 16), take(null, 22), put('b', 30)).verdict).toBe('unknown');
    expect(judge(put('a', 10), take('a', 16), put('b', 25), take(null, 30)).verdict).toBe('unknown');
    expect(judge(put('a', 10), take('a', 16), put('b', 25), take(null, 31)).verdict).toBe('invalid');
    expect(judge(put('a', 10), put('b', 20), take(null, 22), take('a', 30)).verdict).toBe('unknown');
    expect(judge(put('a', 10), put('b', 20), take(null, 40), take('a', 42)).verdict).toBe('unknown');
  });

  it('does not know what is lost while dequeues with an unknown outcome may have taken it, and no more than that', () => {
    const lostTwo = [put('a', 10), put('b', 20), put('c', 22), take('a', 30)];
    expect(judge(...lostTwo, take(null, 40, 'info'), take(null, 41, 'info'), empty).verdict).toBe('unknown');
    expect(clausesOf(judge(...lostTwo, take(null, 40, 'info'), empty))).toEqual(['lost']);
    expect(clausesOf(judge(...lostTwo, take(null, 40, 'fail'), take(null, 41, 'fail'), empty))).toEqual(['lost']);
  });

  it('keeps queues with keys apart, and is unknown when nothing was acknowledged', () => {
    const keyed = (key: string, call: CallRecord) => ({ ...call, key });
    expect(clausesOf(judge(keyed('x', put('a', 10)), keyed('y', take('a', 20)), keyed('y', empty)))).toEqual(['unexpected']);
    expect(judge(put('a', 10, 'info'), empty).verdict).toBe('unknown');
    expect(queue.applies?.(evidenceOf({ history: historyOf([put('a', 10)]) }))).toBe(true);
    expect(queue.applies?.(evidenceOf())).toBe(false);
  });
});
