import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createGithubReporter } from './github.ts';
import { markdownReport, markdownReporter } from './markdown.ts';
import { hostile, rememberingOutput, smallInput, smallResult } from './support/small.ts';

const input = smallInput({
  good: smallResult(),
  saga: smallResult({
    verdict: 'invalid',
    summary: '2 orders\nwere half done, 100% wrong',
    evidence: [
      { kind: 'violation', summary: 'order | one' },
      ...Array.from({ length: 6 }, () => ({ kind: 'violation' as const, summary: 'another' })),
    ],
  }),
  fencing: smallResult({ verdict: 'unknown', summary: 'Nobody was deposed.' }),
});

function directory(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'seamproof-github-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

describe('the github reporter', () => {
  it('annotates what was violated and what was not decided, one line each, and nothing else', async () => {
    const out = rememberingOutput('');
    await createGithubReporter({}).report(input, out);
    expect(out.printed).toEqual([]);
    expect(out.complaints).toEqual([
      '::error title=saga%3A invalid::2 orders%0Awere half done, 100%25 wrong%0Anpx harness replay runs/register/1\n',
      '::warning title=fencing%3A unknown::Nobody was deposed.%0Anpx harness replay runs/register/1\n',
    ]);
  });

  it('appends to the summary of the step, where there is one', async () => {
    const file = path.join(directory(), 'summary.md');
    const reporter = createGithubReporter({ GITHUB_STEP_SUMMARY: file });
    await reporter.report(input, rememberingOutput(''));
    await reporter.report(input, rememberingOutput(''));
    expect(readFileSync(file, 'utf8')).toBe(`${markdownReport(input)}\n`.repeat(2));
  });

  it('lets no text of a node become a command of its own', async () => {
    const out = rememberingOutput('');
    await createGithubReporter({}).report(smallInput({ a: smallResult({ verdict: 'invalid', summary: 'x\n::set-env name=A::b' }) }), out);
    expect(
      out.complaints
        .join('')
        .split('\n')
        .filter((line) => line.startsWith('::')),
    ).toHaveLength(1);
  });
});

describe('the markdown reporter', () => {
  it('says the verdict, each checker, what was violated and how to repeat it', async () => {
    const run = directory();
    await markdownReporter.report(input, rememberingOutput(run));
    const lines = readFileSync(path.join(run, 'report.md'), 'utf8').split('\n');
    expect(lines[0]).toBe('## ✗ INVALID: register');
    expect(lines).toContain('| saga | ✗ invalid | 2 orders were half done, 100% wrong | 1 things |');
    expect(lines).toContain('- order \\| one');
    expect(lines).toContain('- and 2 more in verdict.json');
    expect(lines).toContain('npx harness replay runs/register/1');
  });

  it('keeps what a node printed from becoming an element, a mention, a link or a row', () => {
    const text = markdownReport(smallInput({ a: smallResult({ summary: `${hostile} @everyone [x](y) | z \n| forged | row |` }) }));
    expect(text).not.toMatch(/<|@everyone|[^\\]\[|^\| forged/m);
  });
});
