import { describe, expect, it } from 'vitest';
import type { FaultRecord } from '../harness/history/index.ts';
import { checkEfficacy, efficacy } from './efficacy.ts';
import { evidenceOf } from './test-support/evidence.ts';

const fault: FaultRecord = {
  id: 'lost-response-1',
  nemesis: 'lost-response',
  targets: ['order-1->payment-1'],
  startedAt: 10,
  healedAt: 20,
  proofs: [{ claim: 'a complete response was discarded', holds: true }],
  facts: {},
};
const judged = (change: Partial<FaultRecord>, nemeses: readonly string[] = ['lost-response']) =>
  checkEfficacy(evidenceOf({ faults: [fault, { ...fault, id: 'lost-response-2', ...change }], nemeses }));
const { healedAt: _, ...unhealed } = fault;

describe('efficacy', () => {
  it('is valid when every fault hit something, is proven and was healed', () => {
    expect(judged({})).toMatchObject({ verdict: 'valid', examined: { faults: 2, proofs: 2, proofsThatHold: 2, healed: 2 } });
  });

  it('is unknown when a proof does not hold, and says which and why', () => {
    const result = judged({ proofs: [{ claim: 'a response was discarded', holds: false, detail: 'none came' }] });
    expect(result.verdict).toBe('unknown');
    expect(result.summary).toContain('lost-response-2: "a response was discarded" does not hold (none came)');
  });

  it('is unknown when a fault has no proof, hit nothing, or was never healed', () => {
    expect(judged({ proofs: [] }).summary).toContain('nothing shows that it had an effect');
    expect(judged({ targets: [] }).summary).toContain('it hit nothing');
    expect(judged({ healedAt: 5 }).summary).toContain('healed before it began');
    const never = checkEfficacy(evidenceOf({ faults: [unhealed], nemeses: ['lost-response'] }));
    expect(never).toMatchObject({ verdict: 'unknown', examined: { healed: 0 } });
    expect(never.summary).toContain('it was never healed');
  });

  it('is unknown when a nemesis that was asked for injected nothing', () => {
    expect(checkEfficacy(evidenceOf({ nemeses: ['pause-leader'] })).verdict).toBe('unknown');
    const result = judged({}, ['lost-response', 'pause-leader']);
    expect(result.verdict).toBe('unknown');
    expect(result.summary).toContain('never injected: pause-leader');
  });

  it('finds the faults of a nemesis that is made of others by the name in their ids', () => {
    const drawn = { ...fault, id: 'random-pair-1-lost-response' };
    expect(checkEfficacy(evidenceOf({ faults: [drawn], nemeses: ['random-pair'] })).verdict).toBe('valid');
  });

  it('does not apply to a control run', () => {
    expect(efficacy.applies?.(evidenceOf({ nemeses: ['none'] }))).toBe(false);
    expect(efficacy.applies?.(evidenceOf({ nemeses: ['pause-leader'] }))).toBe(true);
  });
});
