import { describe, expect, it } from 'vitest';
import type { FaultRecord, SignalSample } from '../../harness/history/index.ts';
import { clausesOf, evidenceOf } from '../test-support/evidence.ts';
import { checkFencing } from './index.ts';

const second = 1e9;

/** A node said that it leads under this token, some time between question and answer. */
const claim = (node: string, token: number, askedAt: number, answeredAt: number, scope = 'orders'): SignalSample => ({
  time: askedAt,
  answeredAt,
  node,
  name: 'leading_token',
  labels: { scope },
  value: token,
});

const clausesFor = (signals: readonly SignalSample[], faults: readonly FaultRecord[] = []): readonly string[] =>
  clausesOf(checkFencing(evidenceOf({ signals, faults })));

describe('leases that overlap', () => {
  it('are found when a node still leads after its successor said so', () => {
    const result = checkFencing(
      evidenceOf({
        signals: [claim('order-1', 3, 0, 1), claim('order-2', 4, 5 * second, 6 * second), claim('order-1', 3, 7 * second, 8 * second)],
      }),
    );
    expect(result.verdict).toBe('invalid');
    expect(result.summary).toContain('order-1 still led scope orders under token 3 when it was asked, 1000 ms after order-2');
  });

  it('are none when the other was asked before the successor had answered: it may have led first', () => {
    expect(clausesFor([claim('order-2', 4, 5 * second, 6 * second), claim('order-1', 3, 6 * second - 1, 9 * second)])).toEqual([]);
  });

  it('are none in another scope, under the same token, or of one node', () => {
    const successor = claim('order-2', 4, 5 * second, 6 * second);
    expect(clausesFor([successor, claim('inventory-1', 3, 7 * second, 8 * second, 'consumer')])).toEqual([]);
    expect(clausesFor([successor, claim('order-1', 4, 7 * second, 8 * second)])).toEqual([]);
    expect(clausesFor([successor, claim('order-2', 3, 7 * second, 8 * second)])).toEqual([]);
  });

  it('are none of a node that says it does not lead, and of samples that do not say when they were answered', () => {
    const successor = claim('order-2', 4, 5 * second, 6 * second);
    expect(clausesFor([successor, claim('order-1', 0, 7 * second, 8 * second)])).toEqual([]);
    const { answeredAt: _, ...undated } = successor;
    expect(clausesFor([undated, claim('order-1', 3, 7 * second, 8 * second)])).toEqual([]);
  });

  it('are no fault of a pipeline whose monotonic clocks were made wrong, but are when only wall clocks were', () => {
    const signals = [claim('order-2', 4, 5 * second, 6 * second), claim('order-1', 3, 7 * second, 8 * second)];
    const skew = (facts: FaultRecord['facts']): FaultRecord => ({
      id: 'clock-skew-1',
      nemesis: 'clock-skew',
      targets: ['order-1'],
      startedAt: 0,
      healedAt: 9 * second,
      proofs: [],
      facts,
    });
    expect(clausesFor(signals, [skew({ monotonicRate: 0.5, wallRate: 1 })])).toEqual([]);
    expect(clausesFor(signals, [skew({ monotonicRate: 1, wallRate: 0.02, offsetMs: -20_000 })])).toEqual(['lease-overlap']);
  });
});
