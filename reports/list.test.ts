import { describe, expect, it } from 'vitest';
import { listReport } from './list.ts';
import { call, historyOf, hostile, smallInput, smallResult } from './support/small.ts';

const broken = smallResult({
  verdict: 'invalid',
  question: 'Was every stale write refused?',
  summary: 'replica-2 accepted token 7 after token 8.',
  examined: { 'stale writes': 1200 },
  evidence: [
    { kind: 'context', summary: 'The others refused.' },
    {
      kind: 'violation',
      summary: 'It answered 200.',
      operations: [0, 1],
      logLines: [{ node: 'replica-2', line: 'fence.accepted token=7' }],
      data: { token: 7 },
    },
  ],
});

describe('the list reporter', () => {
  it('puts the verdict first, then the violated checker before the ones that held', () => {
    const text = listReport(smallInput({ stats: smallResult(), fencing: broken }), false);
    expect(text.trimStart()).toMatch(/^✗ INVALID/);
    expect(text.indexOf('✗ fencing')).toBeLessThan(text.indexOf('✓ stats'));
    expect(text).toContain('Was every stale write refused?');
    expect(text).toContain('examined 1,200 stale writes');
  });

  it('ends a failure with what was violated, its evidence by index and log line, and the command that replays it', () => {
    const history = historyOf(call(3, 1e9, 2.5e9, 'info', { f: 'write', key: 'x', error: { code: 'timeout', message: 'no answer' } }));
    const text = listReport(smallInput({ fencing: broken }, { evidence: { history } }), false);
    expect(text).toContain('✗ fencing: replica-2 accepted token 7 after token 8.');
    expect(text).toContain('#1 2.500 s process 3 info write x timeout: no answer');
    expect(text).toContain('replica-2 │ fence.accepted token=7');
    expect(text.indexOf('It answered 200.')).toBeLessThan(text.indexOf('The others refused.'));
    expect(text.trimEnd()).toMatch(/npx harness replay runs\/register\/1$/);
  });

  it('says of an undecided checker why, and marks it with neither ✓ nor ✗', () => {
    const text = listReport(
      smallInput({ fencing: smallResult({ verdict: 'unknown', summary: 'No stale write arrived.', examined: {} }) }),
      false,
    );
    expect(text).toContain('? fencing');
    expect(text).toContain('Not decided\n  fencing: No stale write arrived.');
    expect(text).toContain('examined nothing');
    expect(text).not.toMatch(/[✓✗]/);
  });

  it('colours only when told to', () => {
    const input = smallInput({ fencing: broken });
    expect(listReport(input, false)).not.toContain('\u001b');
    expect(listReport(input, true)).toContain('\u001b[31m');
  });

  it('never lets an escape sequence from a log reach the terminal', () => {
    const text = listReport(
      smallInput({
        fencing: smallResult({
          ...broken,
          evidence: [{ kind: 'violation', summary: hostile, logLines: [{ node: hostile, line: hostile }], data: { [hostile]: hostile } }],
        }),
      }),
      false,
    );
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text).toContain('\\u001b[31m');
  });

  it('counts the records it leaves out', () => {
    const operations = Array.from({ length: 40 }, (_unused, index) => index);
    const history = historyOf(...operations.map((index) => call(index, index, index + 0.5, 'ok')));
    const text = listReport(
      smallInput({ fencing: { ...broken, evidence: [{ kind: 'violation', summary: 'Many.', operations }] } }, { evidence: { history } }),
      false,
    );
    expect(text).toContain('and 32 more operations');
  });

  it('says what happened that was not planned, even beside a valid verdict, and what load was never offered', () => {
    const run = { remarks: ['order-3 ended by itself (SIGKILL)'], stats: { ops: {}, opsPerSecond: 0, missed: 1234 } };
    const text = listReport(smallInput({ saga: smallResult() }, { run }), false);
    expect(text).toMatch(/Remarks\n {2}order-3 ended by itself \(SIGKILL\)\n/);
    expect(text).toMatch(/Missed +1,234 arrivals/);
    expect(listReport(smallInput({ saga: smallResult() }), false)).not.toMatch(/Remarks|Missed/);
  });
});
