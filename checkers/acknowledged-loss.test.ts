import { describe, expect, it } from 'vitest';
import type { TrafficRecord } from '../harness/history/index.ts';
import { acknowledgedLoss, checkAcknowledgedLoss } from './acknowledged-loss.ts';
import { effectsOf } from './test-support/effects.ts';
import { clausesOf, evidenceOf, historyOf } from './test-support/evidence.ts';
import { confirmed, goldenCalls, goldenLedger, order, orderRun, reading, sku, stock, withoutLedger } from './test-support/orders.ts';

describe('acknowledged-loss', () => {
  it('is valid when everything acknowledged is in the final reads', () => {
    expect(checkAcknowledgedLoss(orderRun())).toMatchObject({
      verdict: 'valid',
      examined: { acknowledgedOrders: 3, acknowledgedCancellations: 1 },
    });
  });

  it('is violated when an acknowledged order is gone', () => {
    const result = checkAcknowledgedLoss(orderRun({ orders: goldenLedger.orders.slice(1) }));
    expect(clausesOf(result)).toEqual(['order-lost']);
    expect(result.summary).toContain('Order a was acknowledged');
    expect(result.evidence[0]?.operations).toHaveLength(2);
  });

  it('is violated when an order that was only read is gone', () => {
    const calls = goldenCalls.slice(1);
    expect(clausesOf(checkAcknowledgedLoss(orderRun({ orders: goldenLedger.orders.slice(1) }, calls)))).toEqual(['order-lost']);
  });

  it('is violated when an acknowledged order has another amount or other items', () => {
    const altered = (amountCents: number, quantity: number) => [
      order('a', amountCents, quantity, confirmed, 100),
      ...goldenLedger.orders.slice(1),
    ];
    expect(clausesOf(checkAcknowledgedLoss(orderRun({ orders: altered(101, 2) })))).toEqual(['order-altered']);
    expect(clausesOf(checkAcknowledgedLoss(orderRun({ orders: altered(100, 1) })))).toEqual(['order-altered']);
  });

  it('is violated when an acknowledged order has more items than were asked for', () => {
    const [a, ...rest] = goldenLedger.orders;
    const more = a === undefined ? [] : [{ ...a, items: [...a.items, { sku: 'extra', quantity: 1 }] }];
    expect(clausesOf(checkAcknowledgedLoss(orderRun({ orders: [...more, ...rest] })))).toEqual(['order-altered']);
  });

  it('allows lines of one SKU to be told apart or together', () => {
    const [a, ...rest] = goldenLedger.orders;
    const split = a === undefined ? [] : [{ ...a, items: [1, 1].map((quantity) => ({ sku, quantity })) }];
    expect(checkAcknowledgedLoss(orderRun({ orders: [...split, ...rest] })).verdict).toBe('valid');
  });

  it('is violated when an acknowledged cancellation did not stay', () => {
    const orders = goldenLedger.orders.map((each) => (each.orderId === 'b' ? order('b', 200, 3, confirmed, 200) : each));
    const result = checkAcknowledgedLoss(orderRun({ orders }));
    expect(clausesOf(result)).toEqual(['status-lost']);
    expect(result.evidence[0]?.data).toMatchObject({ orderId: 'b', acknowledged: 'CANCELLED', status: 'CONFIRMED' });
  });

  it('is violated when a confirmed order ends cancelled though nobody cancelled it', () => {
    const calls = goldenCalls.filter(({ f }) => f !== 'cancel-order');
    expect(clausesOf(checkAcknowledgedLoss(orderRun({}, calls)))).toEqual(['status-lost']);
  });

  it('allows a cancellation with an unknown outcome to have happened or not', () => {
    const calls = goldenCalls.map((call) =>
      call.f === 'cancel-order' ? { ...call, outcome: 'info' as const, result: null, code: 'timeout' } : call,
    );
    expect(checkAcknowledgedLoss(orderRun({}, calls)).verdict).toBe('valid');
    const orders = goldenLedger.orders.map((each) => (each.orderId === 'b' ? order('b', 200, 3, confirmed, 200) : each));
    expect(checkAcknowledgedLoss(orderRun({ orders }, calls)).verdict).toBe('valid');
  });

  it('allows a pipeline with eventual stock to withdraw what it had sold twice, and nothing else', () => {
    const calls = goldenCalls.filter(({ f }) => f !== 'cancel-order');
    const [call] = effectsOf([{ orderId: 'b', step: 'capture', at: 1 }]);
    const withdrawal = { ...call, kind: 'withdrawal', key: 'b', forwardedAt: 1 } as TrafficRecord;
    const run = (oversoldUnits: number | undefined, traffic: readonly TrafficRecord[]) => {
      const eventual = { ...stock, ...(oversoldUnits === undefined ? {} : { oversoldUnits }) };
      return checkAcknowledgedLoss({ ...orderRun({ stock: [eventual] }, calls), traffic });
    };
    const withdrawn = run(1, [withdrawal]);
    expect([withdrawn.verdict, withdrawn.examined['withdrawnOrders']]).toEqual(['valid', 1]);
    expect(clausesOf(run(1, []))).toEqual(['status-lost']);
    expect(clausesOf(run(1, [{ ...withdrawal, key: 'a' }]))).toEqual(['status-lost']);
    expect(clausesOf(run(0, [withdrawal]))).toEqual(['status-lost']);
    expect(clausesOf(run(undefined, [withdrawal]))).toEqual(['status-lost']);
    const { forwardedAt: _never, ...unsent } = withdrawal;
    expect(clausesOf(run(1, [unsent]))).toEqual(['status-lost']);
  });

  it('is violated when a cancellation failed but the confirmed order is gone all the same', () => {
    const calls = goldenCalls.map((call) =>
      call.f === 'cancel-order' ? { ...call, outcome: 'fail' as const, result: null, code: 'not-cancellable' } : call,
    );
    expect(clausesOf(checkAcknowledgedLoss(orderRun({}, calls)))).toEqual(['status-lost']);
  });

  it('is violated when a later read does not find an acknowledged order, but not when it overlaps the placement', () => {
    const missing = (from: number) => ({ f: 'read-order', key: 'a', from, to: from + 5, outcome: 'fail' as const, code: 'not-found' });
    expect(clausesOf(checkAcknowledgedLoss(orderRun({}, [...goldenCalls, missing(111)])))).toEqual(['order-not-found']);
    expect(checkAcknowledgedLoss(orderRun({}, [...goldenCalls, missing(110)])).verdict).toBe('valid');
  });

  it('asks nothing of placements that failed or whose outcome is unknown', () => {
    const calls = goldenCalls.map((call, at) => (at === 2 ? { ...call, outcome: 'info' as const, result: null, code: 'timeout' } : call));
    expect(checkAcknowledgedLoss(orderRun({ orders: goldenLedger.orders.slice(0, 2) }, calls)).verdict).toBe('valid');
  });

  it('is unknown when nothing was acknowledged or the final reads failed', () => {
    expect(checkAcknowledgedLoss(orderRun({}, [])).verdict).toBe('unknown');
    expect(checkAcknowledgedLoss(withoutLedger(orderRun())).verdict).toBe('unknown');
    expect(checkAcknowledgedLoss(orderRun({ orders: [] }, [reading('q', 'PENDING', 1)])).verdict).toBe('invalid');
  });

  it('does not apply to a run of registers, and does to a run of orders in which nothing was placed', () => {
    const registers = evidenceOf({
      workload: 'registers',
      history: historyOf([{ f: 'write', key: 'x', value: 1, from: 1, outcome: 'ok' }]),
    });
    expect(acknowledgedLoss.applies?.(registers)).toBe(false);
    expect(acknowledgedLoss.applies?.(evidenceOf())).toBe(true);
  });
});
