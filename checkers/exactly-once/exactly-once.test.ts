import { describe, expect, it } from 'vitest';
import type { RunEvidence } from '../../harness/history/index.ts';
import { composeVerdict } from '../compose.ts';
import { effectsOf, unanswered, undelivered } from '../test-support/effects.ts';
import { clausesOf, evidenceOf, noLimits } from '../test-support/evidence.ts';
import { goldenLedger, order, orderRun, payment, placing, sku, stock, withoutLedger } from '../test-support/orders.ts';
import { checkExactlyOnce, exactlyOnce } from './index.ts';

type Effects = Parameters<typeof effectsOf>[0];

const reserveStep = `reserve-${sku}`;
const captureA = { orderId: 'a', step: 'capture', at: 30 };
const captureB = { orderId: 'b', step: 'capture', at: 40 };
const refundB = { orderId: 'b', step: 'refund', at: 60 };
const reserves = ['a', 'b', 'c'].map((orderId, position) => ({ orderId, step: reserveStep, at: 10 + position }));
const releaseB = { orderId: 'b', step: `release-${sku}`, at: 70 };

/** Order `b` was refunded twice over the wire: the first answer was lost. */
const lost = { ...refundB, faults: ['response-dropped'] };
const again = { ...refundB, at: 90, attempt: 2 };
const golden: Effects = [...reserves, captureA, captureB, lost, again, releaseB];

function run(effects: Effects = golden, ledger: Parameters<typeof orderRun>[0] = {}, calls?: Parameters<typeof orderRun>[1]): RunEvidence {
  return { ...orderRun(ledger, calls), traffic: effectsOf(effects), nemeses: ['lost-response'] };
}
const judge = (...parts: Parameters<typeof run>) => checkExactlyOnce(run(...parts));
const without = (...gone: Effects): Effects => golden.filter((effect) => !gone.includes(effect));

describe('exactly-once, a run as it should be', () => {
  it('is valid when a refund whose answer was lost was delivered twice, left one record and was answered the same', () => {
    const result = judge();
    expect(result).toMatchObject({
      verdict: 'valid',
      examined: { keysDeliveredTwice: 1, provenDuplicates: 1, provenRefunds: 1, provenCaptures: 0, paymentRecords: 3 },
    });
    expect(result.evidence[0]).toMatchObject({
      kind: 'proof',
      traffic: [5, 6],
      data: { orderId: 'b', step: 'refund', deliveries: 2, answers: 2, records: 1, faults: ['response-dropped'] },
    });
  });

  it('takes a reservation asked for twice for a proof, and the release that ends it', () => {
    const twice = (effect: (typeof golden)[number]) => judge([...without(again), { ...effect, at: 95 }]);
    for (const effect of [reserves[0], releaseB])
      expect(twice(effect ?? releaseB)).toMatchObject({ verdict: 'valid', examined: { provenDuplicates: 1 } });
  });

  it('shows the refund whose answer was taken away before other proofs', () => {
    const many = Array.from({ length: 30 }, (_, count) => ({ ...captureA, at: 200 + count }));
    expect(judge([...many, ...golden]).evidence[0]?.data).toMatchObject({ step: 'refund' });
    const untouched: Effects = [{ ...captureA, at: 90 }, ...golden.map(({ faults: _, ...effect }) => effect)];
    expect(judge(untouched).evidence.map(({ data }) => data?.['step'])).toEqual(['refund', 'capture']);
    const tampered: Effects = [
      { ...captureA, at: 90, faults: ['duplicated', 'copy'] },
      ...golden.map(({ faults: _, ...effect }) => effect),
    ];
    expect(judge(tampered).evidence.map(({ data }) => data?.['step'])).toEqual(['capture', 'refund']);
  });
});

describe('exactly-once, what it shows', () => {
  it('is at least one proof of each kind, however many there are of another', () => {
    const orders = Array.from({ length: 30 }, (_, count) => `o${count}`);
    const payments = [...goldenLedger.payments, ...orders.map((orderId) => payment(orderId, ['capture', 1, 300], ['refund', 1, 310]))];
    const refunds = orders.flatMap((orderId) => [400, 500].map((at) => ({ orderId, step: 'refund', at, faults: ['response-dropped'] })));
    const result = judge([...golden, ...(reserves[0] === undefined ? [] : [{ ...reserves[0], at: 95 }]), ...refunds], { payments });
    expect(result.evidence.filter(({ kind }) => kind === 'proof').map(({ data }) => data?.['step'])).toContain(reserveStep);
  });
});

describe('exactly-once, records', () => {
  const payments = (...records: Parameters<typeof payment>[1][]) => [payment('b', ...records), ...goldenLedger.payments.slice(0, 1)];

  it('is violated when a step left two records, under one key or under two', () => {
    const twice = payments(['capture', 200, 215], ['refund', 200, 235], ['refund', 200, 236]);
    expect(clausesOf(judge(golden, { payments: twice }))).toEqual(['effect-twice']);
    const [b, ...rest] = twice;
    const keyed = b === undefined ? [] : [{ ...b, records: b.records.map((record, at) => ({ ...record, idempotencyKey: `fresh-${at}` })) }];
    const fresh = judge([...without(again), { ...again, idempotencyKey: 'fresh-2' }], { payments: [...keyed, ...rest] });
    expect(clausesOf(fresh)).toEqual(['effect-twice']);
    expect(fresh.summary).toContain('refund of order b happened 2 times');
    expect(fresh.evidence[0]?.traffic).toEqual([5, 7]);
  });

  it('adds the records of several payment nodes up', () => {
    const split = [payment('b', ['capture', 200, 215]), payment('b', ['refund', 200, 235]), ...goldenLedger.payments.slice(0, 1)];
    expect(judge(golden, { payments: split }).verdict).toBe('valid');
    expect(clausesOf(judge(golden, { payments: [...split, payment('b', ['refund', 200, 236])] }))).toEqual(['effect-twice']);
  });

  it('is violated when one key stands on the records of two steps', () => {
    const shared = goldenLedger.payments.map((each) => ({
      ...each,
      records: each.records.map((record) => ({ ...record, idempotencyKey: 'k' })),
    }));
    expect(clausesOf(judge(golden, { payments: shared }))).toEqual(['key-shared']);
  });

  it('is violated when stock was reserved twice for an order, unless the order names it on two lines', () => {
    const reservations = [...stock.reservations, { orderId: 'a', quantity: 2, state: 'committed' as const }];
    const twice = { stock: [{ ...stock, reservations }] };
    expect(clausesOf(judge(golden, twice))).toEqual(['effect-twice']);
    const orders = goldenLedger.orders.map((each) => (each.orderId === 'a' ? { ...each, items: [...each.items, ...each.items] } : each));
    expect(judge(golden, { ...twice, orders }).verdict).toBe('valid');
  });

  it('is violated by a record that nobody asked for', () => {
    expect(clausesOf(judge(without(captureA)))).toEqual(['effect-without-call']);
    expect(clausesOf(judge(golden.filter(({ orderId, step }) => orderId !== 'a' || step !== reserveStep)))).toEqual([
      'effect-without-call',
    ]);
  });

  it('holds a refund that nobody asked for against a pipeline of which only captures were seen', () => {
    expect(clausesOf(judge(without(lost, again)))).toEqual(['effect-without-call']);
  });

  it('is violated by a record all calls for which were refused or never delivered', () => {
    const instead = (fields: object) => clausesOf(judge([...without(captureA), { ...captureA, ...fields }]));
    expect(instead(undelivered)).toEqual(['effect-without-call']);
    expect(instead({ status: 422, problem: 'idempotency-key-reused' })).toEqual(['effect-without-call']);
    expect(instead({ status: 503, forwardedAt: undefined, faults: ['error-burst'] })).toEqual(['effect-without-call']);
  });

  it('allows a record whose call may have been carried out: unanswered, in flight, fenced, cut short', () => {
    const instead = (fields: object) => judge([...without(captureA), { ...captureA, ...fields }]).verdict;
    expect(instead(unanswered)).toBe('valid');
    expect(instead({ status: 409, problem: 'idempotency-key-in-flight' })).toBe('valid');
    expect(instead({ status: 412, problem: 'fenced' })).toBe('valid');
    expect(instead({ status: 500 })).toBe('valid');
    expect(instead({ ...unanswered, forwardedAt: undefined, outcome: 'caller-closed' })).toBe('valid');
  });

  it('asks for no call where the traffic shows none of a service at all, and none for what a release left behind', () => {
    expect(judge(golden.filter(({ step }) => step !== reserveStep)).verdict).toBe('valid');
    const released = golden.filter(({ orderId, step }) => orderId !== 'b' || step !== reserveStep);
    expect(judge(released).verdict).toBe('valid');
  });

  it('is violated when a confirmed order was never captured, by the ledger or by what the customer was told', () => {
    const missing = { payments: goldenLedger.payments.slice(1) };
    expect(clausesOf(judge(golden, missing))).toEqual(['effect-missing']);
    const orders = [order('a', 100, 2, ['PENDING', 'RESERVED'], 100), ...goldenLedger.orders.slice(1)];
    const calls = [placing('a', 100, 2, 100, 'CONFIRMED')];
    expect(clausesOf(judge(golden, { ...missing, orders }, calls))).toEqual(['effect-missing']);
    expect(judge(golden, { ...missing, orders }, [placing('a', 100, 2, 100)]).verdict).toBe('valid');
  });

  it('is violated when a captured order was cancelled without a refund, but not when nothing was captured', () => {
    expect(clausesOf(judge(golden, { payments: payments(['capture', 200, 215]) }))).toEqual(['effect-missing']);
    const early = [
      order('b', 200, 3, ['PENDING', 'RESERVED', 'CANCELLING', 'CANCELLED'], 200),
      ...goldenLedger.orders.filter(({ orderId }) => orderId !== 'b'),
    ];
    const voided = [{ orderId: 'b', voided: true, records: [] }, ...goldenLedger.payments.slice(0, 1)];
    expect(judge([...golden, { ...captureA, at: 99 }], { orders: early, payments: voided }, [placing('a', 100, 2, 100)]).verdict).toBe(
      'valid',
    );
  });

  it('is violated when a failed placement was charged, but not when it was refunded or another call may have made it', () => {
    const failing = { ...placing('c', 400, 50, 300), outcome: 'fail' as const, result: null, code: 'payment-declined' };
    const charge = (...records: Parameters<typeof payment>[1][]) => ({ payments: [...goldenLedger.payments, payment('c', ...records)] });
    const asked = [...golden, { orderId: 'c', step: 'capture', at: 50 }, { orderId: 'c', step: 'refund', at: 55 }];
    expect(clausesOf(judge(asked, charge(['capture', 400, 315]), [failing]))).toEqual(['failed-yet-charged']);
    expect(judge(asked, charge(['capture', 400, 315], ['refund', 400, 316]), [failing]).verdict).toBe('valid');
    const copy = { orderId: 'c', step: 'placing', at: 60, idempotencyKey: 'key-c', kind: undefined, faults: ['duplicated', 'copy'] };
    expect(judge([...asked, copy], charge(['capture', 400, 315]), [failing]).verdict).toBe('valid');
    expect(
      judge(asked, charge(['capture', 400, 315]), [failing, { ...failing, from: 350, to: 360, outcome: 'info', code: 'timeout' }]).verdict,
    ).toBe('valid');
  });
});

describe('exactly-once, answers', () => {
  it('is violated when the second answer differs from the first', () => {
    const result = judge([...without(again), { ...again, responseDigest: 'another', to: 'payment-2' }]);
    expect(clausesOf(result)).toEqual(['answers-differ']);
    expect(result.evidence[0]?.traffic).toEqual([5, 7]);
  });

  it('takes nothing for an answer that is none: in flight, shed, fenced, injected by a fault, cut short', () => {
    const also = (fields: object) => judge([...golden, { ...again, at: 99, responseDigest: 'another', ...fields }]).verdict;
    expect(also({ status: 409, problem: 'idempotency-key-in-flight' })).toBe('valid');
    expect(also({ status: 503, problem: 'overloaded' })).toBe('valid');
    expect(also({ status: 412, problem: 'fenced' })).toBe('valid');
    expect(also({ forwardedAt: undefined, faults: ['injected'] })).toBe('valid');
    expect(also({ responseDigest: undefined, respondedAt: undefined })).toBe('valid');
  });

  it('is violated when a key was accepted with another body, whichever came first, even with the same answer', () => {
    const mutated = { ...again, at: 99, requestDigest: 'mutated', faults: ['mutated'] };
    expect(clausesOf(judge([...golden, mutated]))).toEqual(['other-body-accepted']);
    expect(clausesOf(judge([{ ...mutated, at: 1 }, ...golden]))).toEqual(['other-body-accepted']);
  });

  it('is valid when the mutated resend was refused, and counts the refusal', () => {
    const refused = {
      ...again,
      at: 99,
      requestDigest: 'mutated',
      responseDigest: 'problem',
      status: 422,
      problem: 'idempotency-key-reused',
    };
    expect(judge([...golden, refused])).toMatchObject({ verdict: 'valid', examined: { keysWithOtherBodies: 1, otherBodiesRefused: 1 } });
    const counted = (status: number | undefined) =>
      judge([...golden, refused, { ...refused, at: 100, status }]).examined['otherBodiesRefused'];
    expect([400, 500, undefined].map(counted)).toEqual([2, 1, 1]);
    const inFlight = { ...again, at: 101, status: 409, problem: 'idempotency-key-in-flight' };
    expect(judge([...golden, refused, inFlight]).examined['otherBodiesRefused']).toBe(1);
  });
});

describe('exactly-once, without proof', () => {
  it('is unknown when no key was delivered twice', () => {
    expect(judge(without(again))).toMatchObject({ verdict: 'unknown', summary: expect.stringContaining('None of 7 keys') as string });
  });

  it('is unknown when a key came twice, but one delivery failed, went unanswered, or was of another body', () => {
    const second = (fields: object) => judge([...without(again), { ...again, ...fields }]).verdict;
    expect(second(undelivered)).toBe('unknown');
    expect(second(unanswered)).toBe('unknown');
    expect(second({ status: 409, problem: 'idempotency-key-in-flight' })).toBe('unknown');
    expect(second({ status: 422, requestDigest: 'mutated' })).toBe('unknown');
  });

  it('is unknown when what came twice left no record to compare with', () => {
    const declined = { orderId: 'c', step: 'capture', at: 50 };
    expect(judge([...without(again), declined, { ...declined, at: 52 }]).verdict).toBe('unknown');
  });

  it('is unknown when the final reads failed or nothing was asked', () => {
    expect(checkExactlyOnce(withoutLedger(run())).verdict).toBe('unknown');
    expect(checkExactlyOnce(evidenceOf()).verdict).toBe('unknown');
  });

  it('sees a violation in the answers even when the final reads failed', () => {
    const evidence = run([...golden, { ...again, at: 99, responseDigest: 'another' }]);
    expect(checkExactlyOnce(withoutLedger(evidence)).verdict).toBe('invalid');
  });
});

describe('exactly-once, among other checkers', () => {
  it('applies to runs whose faults cause duplicates, and only to them', () => {
    for (const nemesis of ['lost-response', 'duplicate', 'random-pair', 'lost-response:count=3']) {
      expect(exactlyOnce.applies?.(evidenceOf({ nemeses: ['pause', nemesis] }))).toBe(true);
    }
    expect(exactlyOnce.applies?.(evidenceOf({ nemeses: ['pause-leader', 'none'] }))).toBe(false);
  });

  it('does not spoil a run that caused no duplicates, and a violation counts all the same', async () => {
    const quiet = { ...run(without(again)), nemeses: ['pause-leader'] };
    expect((await composeVerdict(quiet, [exactlyOnce], noLimits)).notExercised).toHaveProperty('exactly-once');
    const twice = { ...run([...golden, { ...again, at: 99, responseDigest: 'another' }]), nemeses: ['pause-leader'] };
    expect((await composeVerdict(twice, [exactlyOnce], noLimits)).verdict).toBe('invalid');
  });
});
