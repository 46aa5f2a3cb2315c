import { describe, expect, it } from 'vitest';
import { composeVerdict } from './compose.ts';
import { checkLogPattern, createLogPattern, logPattern } from './log-pattern.ts';
import { clausesOf, evidenceOf, noLimits } from './test-support/evidence.ts';

const logs = (...lines: readonly string[]) => evidenceOf({ logs: lines.map((line) => ({ node: 'order-1', event: '', fields: {}, line })) });

describe('log-pattern', () => {
  it.each([
    ['a panic', 'panic: runtime error: index out of range'],
    ['a panic', "thread 'main' panicked at src/main.rs:4"],
    ['a failed assertion', 'Assertion failed: token > highest'],
    ['a failed assertion', 'AssertionError [ERR_ASSERTION]: 1 == 2'],
    ['a broken invariant', '{"level":"error","msg":"invariant violated: reserved < 0"}'],
    ['corrupted data', 'wal: corrupt record at offset 12'],
    ['an exception nobody caught', 'Uncaught Exception: TypeError'],
    ['an exception nobody caught', '[UnhandledPromiseRejection: boom]'],
  ])('is violated by %s, and quotes the line', (meaning, line) => {
    const result = checkLogPattern(logs('all is well', line));
    expect(clausesOf(result)).toEqual([meaning]);
    expect(result.evidence[0]?.logLines).toEqual([{ node: 'order-1', line }]);
  });

  it.each([
    'fence.rejected',
    'write refused: stale token',
    'retrying after timeout',
    'companion panicle',
    'uncaughtExceptionMonitor installed',
    'wal.tail-cut',
  ])('is not violated by %s', (line) => {
    expect(checkLogPattern(logs(line)).verdict).toBe('valid');
  });

  it('takes other patterns, also ones that remember where they stopped', () => {
    const checker = createLogPattern([{ meaning: 'a curse', pattern: /damn/g }]);
    const result = checker.check(logs('damn', 'damn'), noLimits);
    expect(result).toMatchObject({ verdict: 'invalid', summary: expect.stringContaining('2 violations') as string });
  });

  it('earns no verdict by silence, applies only where there are lines, and counts when it finds one', async () => {
    expect((await composeVerdict(logs('all is well'), [logPattern], noLimits)).verdict).toBe('unknown');
    expect((await composeVerdict(logs('panic: x'), [logPattern], noLimits)).verdict).toBe('invalid');
    expect(checkLogPattern(evidenceOf()).verdict).toBe('unknown');
    expect(logPattern.applies?.(evidenceOf())).toBe(false);
  });
});
