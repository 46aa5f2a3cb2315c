import { expect, it } from 'vitest';
import type { Operation, RunEvidence } from '../../harness/history/index.ts';
import { linearizableChecker } from './index.ts';
import { history, type Line } from './testing/write-history.ts';

const limits = { timeMs: 10_000, memoryBytes: 1e9 };

function check(operations: readonly Operation[]) {
  const evidence: RunEvidence = {
    history: operations,
    traffic: [],
    logs: [],
    faults: [],
    windows: [],
    signals: [],
    replicas: [],
    workload: 'registers',
    nemeses: [],
  };
  return linearizableChecker.check(evidence, limits);
}

const on = (key: string, process: number, f: string, input: unknown, output: unknown = null): Line[] => [
  { process, type: 'invoke', f, value: input, key },
  { process, type: 'ok', f, value: output, key },
];

it('a run whose registers agree with one order is valid, with the proof that something was looked at', async () => {
  const result = await check(
    history(...on('a', 0, 'write', 1), ...on('b', 0, 'read', null), ...on('a', 1, 'cas', [1, 2]), ...on('a', 1, 'read', null, 2)),
  );
  expect(result).toMatchObject({
    verdict: 'valid',
    examined: { operations: 4, partitions: 2, constraining: 4 },
    evidence: [{ kind: 'proof' }],
  });
});

it('a violation names the operations by their index, in sentences, and says what alone could have been read', async () => {
  const faults: Line = { process: 'nemesis', type: 'info', f: 'pause-leader' };
  const orders = on('order-1', 5, 'place-order', { sku: 'x' });
  const result = await check(
    history(faults, ...orders, ...on('a', 0, 'write', 1), ...on('a', 0, 'write', 2), ...on('a', 1, 'read', null, 1)),
  );
  expect(result.verdict).toBe('invalid');
  expect(result.summary).toContain('on key "a"');
  const [first, contradiction] = result.evidence;
  expect(first).toMatchObject({ kind: 'violation', operations: [7, 8], data: { allowed: [2] } });
  expect(contradiction).toMatchObject({ kind: 'violation', operations: [3, 4, 5, 6, 7, 8], data: { core: [5, 6, 7, 8], minimal: true } });
  expect(contradiction?.summary).toMatch(/process 1 a: read\(\) → 1 \(index 7–8\)/);
});

it('a run without register operations is unknown, not valid', async () => {
  expect(await check(history(...on('order-1', 0, 'place-order', {})))).toMatchObject({
    verdict: 'unknown',
    summary: expect.stringContaining('no register operations'),
  });
});

it('a broken recording is unknown, with the place it is broken at', async () => {
  const result = await check(history({ process: 0, type: 'ok', f: 'read', value: 1, key: 'a' }));
  expect(result).toMatchObject({ verdict: 'unknown', evidence: [{ kind: 'context', operations: [0] }] });
});
