import { describe, expect, it } from 'vitest';
import { junitXml } from './junit.ts';
import { hostile, smallInput, smallResult } from './support/small.ts';

describe('junit.xml', () => {
  it('has one test case a checker, violated ones as failures and undecided ones as errors', () => {
    const xml = junitXml(smallInput({ a: smallResult(), b: smallResult({ verdict: 'invalid' }), c: smallResult({ verdict: 'unknown' }) }));
    expect(xml).toContain('tests="3" failures="1" errors="1"');
    expect(xml).toMatch(/name="a" time="0"\/>/);
    expect(xml).toMatch(/name="b" time="0"><failure type="invalid"/);
    expect(xml).toMatch(/name="c" time="0"><error type="unknown"/);
    expect(xml).toContain('Replay: npx harness replay');
  });

  it('skips an undecided checker only when the run was told to allow it', () => {
    const xml = junitXml(smallInput({ c: smallResult({ verdict: 'unknown' }) }, { run: { exitCode: 0 } }));
    expect(xml).toContain('<skipped');
    expect(xml).toContain('errors="0"');
  });

  it('shows a failure that no checker owns, so that a crossed threshold is not a green suite', () => {
    const xml = junitXml(smallInput({ a: smallResult() }, { run: { exitCode: 3 } }));
    expect(xml).toMatch(/name="run" time="0"><error .*exit code 3/);
  });

  it('is never an empty suite: a run without checkers has shown nothing', () => {
    expect(junitXml(smallInput({}))).toContain('tests="1" failures="0" errors="1"');
    expect(junitXml(smallInput({}, { run: { exitCode: 0 } }))).toContain('tests="1" failures="0" errors="0"');
  });

  it('escapes whatever the evidence holds, and drops what XML cannot say', () => {
    const result = smallResult({
      verdict: 'invalid',
      summary: hostile,
      evidence: [{ kind: 'violation', summary: hostile, logLines: [{ node: hostile, line: hostile }], data: { [hostile]: hostile } }],
    });
    const xml = junitXml(smallInput({ [hostile]: result }, { run: { name: hostile, replayCommand: hostile } }));
    expect(xml).not.toContain('<script');
    // Everything outside of what XML 1.0 (section 2.2) lets a document contain.
    expect(xml).not.toMatch(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u);
    const outside = xml.replace(/"[^"<]*"/g, '""').replace(/>[^<>]*</g, '><');
    expect(outside).not.toMatch(/[&']/);
    expect(outside.match(/<testcase /g)).toHaveLength(1);
  });
});
