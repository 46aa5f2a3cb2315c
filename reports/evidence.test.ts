import { describe, expect, it } from 'vitest';
import { checkersByUrgency, resolveOperations, strongestEvidence } from './evidence.ts';
import { call, historyOf, smallEvidence, smallInput, smallResult } from './support/small.ts';

describe('evidence', () => {
  it('is found by position, also in a partial history where positions are not dense', () => {
    const history = historyOf(call(0, 0, 1, 'ok'), call(1, 2, 3, 'ok')).slice(1);
    const found = resolveOperations({ kind: 'context', summary: '', operations: [3, 0, 1] }, smallEvidence({ history }), 10);
    expect(found.records.map(({ index }) => index)).toEqual([3, 1]);
    expect(found.omitted).toBe(1);
  });

  it('shows beside an invalid verdict a violation, and rather one that a node logged itself', () => {
    const { verdict } = smallInput({
      a: smallResult({ evidence: [{ kind: 'violation', summary: 'of a checker that held' }] }),
      b: smallResult({
        verdict: 'invalid',
        evidence: [
          { kind: 'proof', summary: 'p' },
          { kind: 'violation', summary: 'deduced' },
        ],
      }),
      c: smallResult({ verdict: 'invalid', evidence: [{ kind: 'violation', summary: 'logged', logLines: [{ node: 'n', line: 'l' }] }] }),
    });
    expect(strongestEvidence(verdict)?.evidence.summary).toBe('logged');
  });

  it('shows nothing beside a verdict that is unknown', () => {
    const { verdict } = smallInput({ a: smallResult({ verdict: 'unknown', evidence: [{ kind: 'proof', summary: 'p' }] }) });
    expect(strongestEvidence(verdict)).toBeUndefined();
  });

  it('puts the worst checker first and otherwise keeps the order they ran in', () => {
    const { verdict } = smallInput({
      v1: smallResult(),
      u: smallResult({ verdict: 'unknown' }),
      v2: smallResult(),
      i: smallResult({ verdict: 'invalid' }),
    });
    expect(checkersByUrgency(verdict).map(([name]) => name)).toEqual(['i', 'u', 'v1', 'v2']);
  });
});
