import { describe, expect, it } from 'vitest';
import { composeVerdict } from '../compose.ts';
import { clausesOf, evidenceOf, noLimits } from '../test-support/evidence.ts';
import { checkLogPattern, logPattern, scanOutput } from './index.ts';

function printed(...lines: readonly string[]) {
  const scan = scanOutput('order-1');
  for (const line of lines) scan.line(line);
  return evidenceOf({ output: [scan.end()] });
}

describe('log-pattern', () => {
  it.each([
    ['a panic', 'panic: runtime error: index out of range'],
    ['a panic', "thread 'main' panicked at src/main.rs:4"],
    ['a panic', 'fatal error: all goroutines are asleep - deadlock!'],
    ['a failed assertion', 'Assertion failed: token > highest'],
    ['a failed assertion', 'AssertionError [ERR_ASSERTION]: 1 == 2'],
    ['a broken invariant', '{"level":"error","msg":"invariant violated: reserved < 0"}'],
    ['corrupted data', 'wal: corrupt record at offset 12'],
    ['an exception nobody caught', 'Uncaught Exception: TypeError'],
    ['an exception nobody caught', '[UnhandledPromiseRejection: boom]'],
    ['an exception nobody caught', 'Exception in thread "main" java.lang.IllegalStateException'],
    ['an exception nobody caught', 'Node.js v20.20.0'],
    ['memory that ran out or was damaged', 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
    ['memory that ran out or was damaged', 'Segmentation fault (core dumped)'],
  ])('is violated by %s, and quotes the line: %s', (meaning, line) => {
    const result = checkLogPattern(printed('{"event":"all is well"}', line));
    expect(clausesOf(result)).toEqual([meaning]);
    expect(result.evidence[0]?.logLines).toEqual([{ node: 'order-1', line }]);
    expect(result.summary).toContain('on line 2 of its log');
  });

  it.each([
    'fence.rejected',
    'write refused: stale token',
    'retrying after timeout',
    'companion panicle',
    'uncaughtExceptionMonitor installed',
    'wal.tail-cut',
    'started with Node.js v20.20.0',
    'a fatal error: no, only a sentence about one',
  ])('is not violated by %s', (line) => {
    expect(checkLogPattern(printed(line)).verdict).toBe('valid');
  });

  it('quotes the trace below a panic, and nothing of the lines after it', () => {
    const { evidence } = checkLogPattern(printed('earlier', 'panic: x', '\tmain.go:3', '  main.go:9', 'afterwards', '  elsewhere'));
    expect(evidence[0]?.logLines?.map(({ line }) => line)).toEqual(['panic: x', '\tmain.go:3', '  main.go:9']);
  });

  it('quotes the trace above the line with which Node.js leaves, and nothing structured', () => {
    const trace = ['Error: boom', '    at main.js:1:1'];
    const { evidence } = checkLogPattern(printed('before', '{"event":"x"}', ...trace, '', 'Node.js v22.1.0', '  later'));
    expect(evidence[0]?.logLines?.map(({ line }) => line)).toEqual([...trace, 'Node.js v22.1.0', '  later']);
  });

  it('keeps a handful of what is printed a hundred thousand times, and counts all of it', () => {
    const result = checkLogPattern(printed(...Array.from({ length: 100_000 }, (_, at) => `panic: ${at} ${'x'.repeat(100)}`)));
    expect(result.examined).toEqual({ lines: 100_000, complaints: 100_000 });
    expect(result.evidence.length).toBeLessThanOrEqual(20);
    expect(result.summary).toContain('(100000 such lines: a panic: 100000)');
  });

  it('takes other patterns, also ones that remember where they stopped', () => {
    const scan = scanOutput('order-1', [{ meaning: 'a curse', pattern: /damn/g }]);
    for (const line of ['damn', 'damn']) scan.line(line);
    expect(scan.end().counts).toEqual({ 'a curse': 2 });
  });

  it('earns no verdict by silence, applies only where there are lines, and counts when it finds one', async () => {
    expect((await composeVerdict(printed('all is well'), [logPattern], noLimits)).verdict).toBe('unknown');
    expect((await composeVerdict(printed('panic: x'), [logPattern], noLimits)).verdict).toBe('invalid');
    expect(checkLogPattern(evidenceOf()).verdict).toBe('unknown');
    expect(logPattern.applies?.(evidenceOf())).toBe(false);
  });
});
