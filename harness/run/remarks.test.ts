import { describe, expect, it } from 'vitest';
import { composeVerdict } from '../../checkers/index.ts';
import type { CheckResult, RunEvidence } from '../history/index.ts';
import { courseChecker, createRemarks, type Remark } from './remarks.ts';

const evidence: RunEvidence = {
  history: [],
  traffic: [],
  logs: [],
  faults: [],
  windows: [],
  signals: [],
  replicas: [],
  workload: 'orders',
  nemeses: ['none'],
};
const limits = { timeMs: 1000, memoryBytes: 1e9 };
const death: Remark = {
  text: 'order-3 ended by itself (SIGKILL)',
  spoils: true,
  logLines: [{ node: 'order-3', line: 'out of memory' }],
};

function verdictWith(found: CheckResult['verdict'], remarks: readonly Remark[]) {
  const result: CheckResult = { verdict: found, question: 'Does it hold?', summary: 'So it is.', examined: {}, evidence: [] };
  return composeVerdict(evidence, [{ name: 'saga', question: 'Does it hold?', check: () => result }, courseChecker(remarks)], limits);
}

describe('the course of a run', () => {
  it('keeps a run in which a node ended by itself from being valid, and shows what the node printed last', async () => {
    const { verdict, summary, checkers } = await verdictWith('valid', [death]);
    expect(verdict).toBe('unknown');
    expect(summary).toContain('order-3 ended by itself (SIGKILL)');
    expect(checkers['course']?.evidence).toEqual([expect.objectContaining({ logLines: death.logLines })]);
  });

  it('never hides a violation', async () => {
    expect((await verdictWith('invalid', [death])).verdict).toBe('invalid');
  });

  it('spoils nothing by a remark that only explains figures', async () => {
    const { verdict, checkers } = await verdictWith('valid', [{ text: '7 of 10 arrivals were never made', spoils: false }]);
    expect(verdict).toBe('valid');
    expect(checkers['course']?.evidence).toHaveLength(1);
  });

  it('earns no verdict: a run of which only its course is known has shown nothing', async () => {
    expect((await composeVerdict(evidence, [courseChecker([])], limits)).verdict).toBe('unknown');
  });
});

describe('remarks', () => {
  it('are told once, however often they are made', () => {
    const told: string[] = [];
    const remarks = createRemarks(({ text }) => told.push(text));
    remarks.add(death);
    remarks.add(death);
    expect(told).toEqual([death.text]);
    expect(remarks.all).toEqual([death]);
  });
});
