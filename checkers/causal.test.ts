import { describe, expect, it } from 'vitest';
import type { Ledger } from '../harness/history/index.ts';
import { causal, checkCausal } from './causal.ts';
import { clausesOf, evidenceOf, ledgerOf, logOf } from './test-support/evidence.ts';
import { goldenLedger, order, orderRun, payment, stamp, withoutLedger } from './test-support/orders.ts';

const events: Ledger['events'] = [
  { orderId: 'a', type: 'order-confirmed', hlc: stamp(120) },
  { orderId: 'b', type: 'order-confirmed', hlc: stamp(220) },
  { orderId: 'b', type: 'order-cancelled', hlc: stamp(240) },
];
const judge = (parts: Partial<Ledger> = {}) => checkCausal(orderRun({ events, ...parts }));
const eventsAs = (...changed: Ledger['events']) => clausesOf(judge({ events: changed }));

describe('causal', () => {
  it('is valid when every event and effect comes after what it depends on', () => {
    expect(judge()).toMatchObject({
      verdict: 'valid',
      examined: { events: 3, eventsWithTheirCause: 3, eventsInOrder: 1, effectsWithTheirCause: 6 },
    });
  });

  it('is violated by an event that is stamped before the state it tells of', () => {
    expect(eventsAs({ orderId: 'a', type: 'order-confirmed', hlc: stamp(119) })).toEqual(['event-before-its-cause']);
    expect(judge({ events: [{ orderId: 'a', type: 'order-confirmed', hlc: stamp(121) }] }).verdict).toBe('valid');
  });

  it('is violated by an event of a state that the order never had and never can have', () => {
    expect(eventsAs({ orderId: 'c', type: 'order-confirmed', hlc: stamp(400) })).toEqual(['event-without-its-cause']);
  });

  it('allows an event of a state that the order reached after its record was read', () => {
    const reserved = [order('a', 100, 2, ['PENDING', 'RESERVED'], 100), ...goldenLedger.orders.slice(1)];
    expect(judge({ orders: reserved }).verdict).toBe('valid');
    expect(
      eventsAs({ orderId: 'a', type: 'order-confirmed', hlc: stamp(120) }, { orderId: 'a', type: 'order-cancelled', hlc: stamp(500) }),
    ).toEqual([]);
  });

  it('is violated when the events of an order stand in the wrong order, by their stamps or by what they tell', () => {
    const [, told, undone] = events;
    if (told === undefined || undone === undefined) throw new Error('the golden events are gone');
    expect(eventsAs(undone, told)).toEqual(['order-not-kept']);
    expect(eventsAs(undone, { ...told, hlc: stamp(250) })).toEqual(['order-not-kept']);
    expect(eventsAs(told, { ...undone, hlc: told.hlc })).toContain('order-not-kept');
  });

  it('passes over copies of an event, wherever they stand, and events of other orders between', () => {
    const [a, told, undone] = events;
    if (a === undefined || told === undefined || undone === undefined) throw new Error('the golden events are gone');
    expect(judge({ events: [told, undone, a, told, undone] }).verdict).toBe('valid');
  });

  it('orders events whose types it does not know by their stamps alone', () => {
    const shipped = (at: number) => ({ orderId: 'a', type: 'order-shipped', hlc: stamp(at) });
    expect(eventsAs(shipped(500), shipped(400))).toEqual(['order-not-kept']);
    expect(eventsAs(shipped(400), shipped(500))).toEqual([]);
  });

  it('is violated by an effect that is not after the step which planned it', () => {
    const early = (at: number) => clausesOf(judge({ payments: [payment('a', ['capture', 100, at]), ...goldenLedger.payments.slice(1)] }));
    expect(early(110)).toEqual(['effect-before-its-cause']);
    expect(early(111)).toEqual([]);
    expect(early(119)).toEqual([]);
    expect(early(120)).toEqual(['state-before-its-cause']);
    const refund = (at: number) => clausesOf(judge({ payments: [payment('b', ['capture', 200, 215], ['refund', 200, at])] }));
    expect(refund(230)).toEqual(['effect-before-its-cause']);
    expect(refund(240)).toEqual(['state-before-its-cause']);
  });

  it('is violated when a consumer came upon an event stamped before its cause, and quotes its line', () => {
    const line = logOf('inventory-1', 'event.before-its-cause', { event: 'a:order-confirmed' });
    const result = checkCausal({ ...orderRun({ events }), logs: [line] });
    expect(clausesOf(result)).toEqual(['stamped-before-its-cause']);
    expect(result.evidence[0]?.logLines).toEqual([{ node: 'inventory-1', line: line.line }]);
  });

  it('is unknown when nothing depended on anything or the final reads failed', () => {
    expect(judge({ events: [], payments: [] }).verdict).toBe('unknown');
    expect(checkCausal(withoutLedger(orderRun())).verdict).toBe('unknown');
  });

  it('applies to orders whose states or events are recorded', () => {
    expect(causal.applies?.(orderRun())).toBe(true);
    expect(causal.applies?.(evidenceOf({ workload: 'orders', ledger: ledgerOf() }))).toBe(false);
    expect(causal.applies?.(evidenceOf({ workload: 'orders', ledger: ledgerOf({ events }) }))).toBe(true);
    expect(causal.applies?.(orderRun({ events: [] }))).toBe(true);
    expect(causal.applies?.(evidenceOf({ workload: 'registers' }))).toBe(false);
  });
});
